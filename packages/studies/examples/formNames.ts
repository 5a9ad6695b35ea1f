// A pipeline in a file: heddle studies run --pipeline formNames.ts
import type { Study } from "@heddle/studies/Pipeline"

export default async (study: Study) => {
  const names: Array<string> = []
  for await (const form of study.read("forms")) names.push(String(form["formName"]))
  study.log.info("read", { forms: names.length })
  return names
}
