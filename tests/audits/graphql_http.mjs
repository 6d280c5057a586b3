// The server audits of `graphql-http`, the reference for GraphQL over HTTP, against a running Zhucun.
//
// Needs Node 18 or later and the package, anywhere outside this repository:
//
//     npm install --prefix /tmp/audits graphql-http graphql
//     zhucun serve &
//     NODE_PATH=/tmp/audits/node_modules node tests/audits/graphql_http.mjs http://127.0.0.1:8000/graphql
//
// Prints what is not as it should be, and the count; the exit code is 0 when all audits pass.
import { createRequire } from "node:module";

const { serverAudits } = createRequire(import.meta.url)("graphql-http");
const url = process.argv[2] ?? "http://127.0.0.1:8000/graphql";

let passed = 0;
const audits = serverAudits({ url });
for (const audit of audits) {
  const result = await audit.fn();
  if (result.status === "ok") passed += 1;
  else console.log(`${result.status} ${result.id} ${result.name}: ${result.reason}`);
}
console.log(`${passed} of ${audits.length} audits pass`);
process.exit(passed === audits.length ? 0 : 1);
