// nlp.js on one set: reads { train: [[text, intent]], test: [text] } and prints [[intent, score]] and seconds.
const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");

async function main() {
  const [modules, file, language] = process.argv.slice(2);
  const load = createRequire(path.join(path.resolve(modules), "peers.cjs"));
  const { NlpManager } = load("node-nlp");
  const set = JSON.parse(readFileSync(file, "utf8"));
  const manager = new NlpManager({ languages: [language], autoSave: false, forceNER: false, nlu: { log: false } });
  for (const [text, intent] of set.train) manager.addDocument(language, text, intent);
  const started = Date.now();
  await manager.train();
  const trained = Date.now();
  const answers = [];
  for (const text of set.test) {
    const { classifications } = await manager.process(language, text);
    const { intent, score } = (classifications ?? [])[0] ?? { intent: "None", score: 0 };
    // "None" is its word for no intent at all.
    answers.push([intent, intent === "None" ? 0 : score]);
  }
  const seconds = (from, to) => (to - from) / 1000;
  const result = { version: load("node-nlp/package.json").version, answers };
  console.log(JSON.stringify({ ...result, learnt_s: seconds(started, trained), asked_s: seconds(trained, Date.now()) }));
}

main().catch((error) => {
  console.error(String(error?.message ?? error));
  process.exit(1);
});
