// The program that commandAgent.ts starts for each run: the run as one line of JSON on stdin, the answer as JSON on stdout.
import { text } from "node:stream/consumers"

const words = Number(process.argv[2])
const run = JSON.parse(await text(process.stdin))
const answer = run.problem.brief.split(" ").slice(0, words).join(" ")
process.stdout.write(JSON.stringify({ output: { text: answer }, metrics: { length: answer.length } }))
