// Reads {"secret","headers","body"} as JSON lines and says for each, as a JSON line, what standardwebhooks makes of it.
const path = require("path");
const { Webhook } = require(path.join(process.argv[2], "standardwebhooks"));

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { secret, headers, body } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ good: true, payload: new Webhook(secret).verify(body, headers) }));
  } catch (error) {
    console.log(JSON.stringify({ good: false, error: String(error.message) }));
  }
});
