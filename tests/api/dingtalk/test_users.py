"""The file of DingTalk's users, as people keep it."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.dingtalk.users import UsersUnusable, read_users


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "users.csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_columns_are_found_by_name_in_any_encoding(file: Path, encoding: str) -> None:
    file.write_text("姓名,工号,备注,UserId\n陈思远,XY-0001,,manager4220\n\n李明, XY-0002 ,,0126\n", encoding)
    assert read_users(file) == {"manager4220": "XY-0001", "0126": "XY-0002"}


def test_one_person_may_have_two_users(file: Path) -> None:
    file.write_text("UserId,干部编号\na,XY-0001\nb,XY-0001\na,XY-0001\n", "utf-8")
    assert read_users(file) == {"a": "XY-0001", "b": "XY-0001"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("UserId,干部编号\na,XY-0001\na,XY-0002\n", "第3行"),
        ("UserId,干部编号\na,\n", "第2行“干部编号”"),
        ("UserId,姓名\na,陈思远\n", "干部编号"),
        ("UserId,干部编号\n", "没有任何人员"),
        ("", "空"),
    ],
)
def test_what_cannot_be_used_is_told_with_file_and_place(file: Path, content: str, words: str) -> None:
    file.write_text(content, "utf-8")
    with pytest.raises(UsersUnusable) as refused:
        read_users(file)
    assert "users.csv" in refused.value.message_zh
    assert words in refused.value.message_zh
    assert "users.csv" in refused.value.message_en


def test_a_folder_is_no_file_of_users(tmp_path: Path) -> None:
    with pytest.raises(UsersUnusable, match="no file"):
        read_users(tmp_path)


def test_a_file_that_is_not_there_is_told(file: Path) -> None:
    with pytest.raises(UsersUnusable, match="No such file"):
        read_users(file)
