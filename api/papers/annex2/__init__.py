"""附件2 党建指导员报名表: the registration form, printed as the notice has it and read back box by box."""
