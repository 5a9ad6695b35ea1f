/**
 * Completion scripts for bash, zsh, fish and PowerShell, made from the specs: commands, flags, and the choices or files
 * behind a flag. Nothing is started while a person types.
 *
 * @layer logic
 * @module
 */
import { globalFlags } from "../commands/flags.ts"
import type { CommandSpec, FlagSpec } from "./Spec.ts"

/** Shells that scripts can be made for. */
export const shells = ["bash", "zsh", "fish", "powershell"] as const
/** One of {@link shells}. */
export type Shell = (typeof shells)[number]

/** The script that a shell loads. */
export const completionScript = (shell: Shell, commands: ReadonlyArray<CommandSpec>): string => {
  switch (shell) {
    case "bash":
      return bash(commands)
    case "zsh":
      return zsh(commands)
    case "fish":
      return fish(commands)
    case "powershell":
      return powershell(commands)
  }
}

/** What may follow each beginning of a command line: its words, or the choices of a command's argument. */
const wordsAfter = (commands: ReadonlyArray<CommandSpec>): ReadonlyArray<readonly [path: string, words: string]> => {
  const table = new Map<string, Set<string>>()
  const add = (path: string, word: string) => {
    const words = table.get(path) ?? new Set<string>()
    words.add(word)
    table.set(path, words)
  }
  for (const command of commands) {
    for (const [index, word] of command.path.entries()) add(command.path.slice(0, index).join(" "), word)
    for (const choice of command.positionals?.[0]?.choices ?? []) add(command.path.join(" "), choice)
  }
  return [...table].map(([path, words]) => [path, [...words].join(" ")])
}

const flagsOf = (command: CommandSpec): ReadonlyArray<FlagSpec> => [...command.flags, ...globalFlags]

const flagWords = (command: CommandSpec): string =>
  [...flagsOf(command), { name: "help" }].map((flag) => `--${flag.name}`).join(" ")

const everyFlag = (commands: ReadonlyArray<CommandSpec>): ReadonlyArray<FlagSpec> => [
  ...new Map(commands.flatMap(flagsOf).map((flag) => [flag.name, flag])).values(),
]

const bash = (commands: ReadonlyArray<CommandSpec>): string => {
  const valued = everyFlag(commands).filter((flag) => flag.kind !== "boolean")
  const cases = valued.map((flag) => {
    if (flag.choices !== undefined) {
      return `    --${flag.name}) COMPREPLY=($(compgen -W "${flag.choices.join(" ")}" -- "$current")); return ;;`
    }
    if (flag.complete === "file") return `    --${flag.name}) COMPREPLY=($(compgen -f -- "$current")); return ;;`
    if (flag.complete === "folder") return `    --${flag.name}) COMPREPLY=($(compgen -d -- "$current")); return ;;`
    return `    --${flag.name}) COMPREPLY=(); return ;;`
  })
  return `# bash completion for heddle: eval "$(heddle completions bash)"
_heddle() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" word
  COMPREPLY=()
  case "$previous" in
${cases.join("\n")}
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) break ;; esac
    path="\${path:+$path }$word"
  done
  if [[ "$current" == -* ]]; then
    case "$path" in
${commands.map((command) => `      "${command.path.join(" ")}"*) COMPREPLY=($(compgen -W "${flagWords(command)}" -- "$current")) ;;`).join("\n")}
      *) COMPREPLY=($(compgen -W "--help --version" -- "$current")) ;;
    esac
    return
  fi
  case "$path" in
${wordsAfter(commands)
  .map(([path, words]) => `    "${path}") COMPREPLY=($(compgen -W "${words}" -- "$current")) ;;`)
  .join("\n")}
  esac
}
complete -F _heddle heddle
`
}

const zsh = (commands: ReadonlyArray<CommandSpec>): string => {
  const quote = (text: string): string => text.replaceAll("'", "'\\''").replaceAll(/[[\]:]/g, "\\$&")
  const flagLine = (flag: FlagSpec): string => {
    const star = flag.repeatable === true ? "*" : ""
    const value =
      flag.kind === "boolean"
        ? ""
        : `:${flag.name}:${flag.choices === undefined ? (flag.complete === "folder" ? "_files -/" : flag.complete === "file" ? "_files" : "") : `(${flag.choices.join(" ")})`}`
    return `'${star}--${flag.name}[${quote(flag.summary)}]${value}'`
  }
  const branch = (command: CommandSpec): string => {
    const choices = command.positionals?.[0]?.choices
    const positional =
      choices === undefined ? [] : [`'1:${command.positionals?.[0]?.name ?? ""}:(${choices.join(" ")})'`]
    return `    "${command.path.join(" ")}")
      shift ${command.path.length} words; (( CURRENT -= ${command.path.length} ))
      _arguments ${[...flagsOf(command).map(flagLine), "'--help[show help]'", ...positional].join(" \\\n        ")} ;;`
  }
  return `#compdef heddle
# zsh completion for heddle: heddle completions zsh > "\${fpath[1]}/_heddle"
_heddle() {
  local first="\${words[2]}" both="\${words[2]} \${words[3]}"
  if (( CURRENT == 2 )); then
    compadd -- ${wordsAfter(commands).find(([path]) => path === "")?.[1] ?? ""}
    return
  fi
  if (( CURRENT == 3 )); then
    case "$first" in
${wordsAfter(commands)
  .filter(([path]) => path !== "" && commands.some((command) => command.path.length > 1 && command.path[0] === path))
  .map(([path, words]) => `      "${path}") compadd -- ${words}; return ;;`)
  .join("\n")}
    esac
  fi
  case "$both" in
${commands
  .filter((command) => command.path.length === 2)
  .map(branch)
  .join("\n")}
  esac
  case "$first" in
${commands
  .filter((command) => command.path.length === 1)
  .map(branch)
  .join("\n")}
  esac
}
if [ "$funcstack[1]" = "_heddle" ]; then _heddle "$@"; else compdef _heddle heddle; fi
`
}

const fish = (commands: ReadonlyArray<CommandSpec>): string => {
  const quote = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`
  const lines = ["# fish completion for heddle: heddle completions fish | source", "complete -c heddle -f"]
  const seen = (path: ReadonlyArray<string>): string =>
    path.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ") || "true"
  const areas = new Map<string, ReadonlyArray<CommandSpec>>()
  for (const command of commands) {
    const [area = "", verb] = command.path
    if (verb !== undefined) areas.set(area, [...(areas.get(area) ?? []), command])
    else lines.push(`complete -c heddle -n __fish_use_subcommand -a ${area} -d ${quote(command.summary)}`)
  }
  for (const [area, members] of areas) {
    const verbs = members.map((command) => command.path[1] ?? "")
    lines.push(`complete -c heddle -n __fish_use_subcommand -a ${area} -d ${quote(`${verbs.join(", ")}`)}`)
    for (const command of members) {
      const condition = `__fish_seen_subcommand_from ${area}; and not __fish_seen_subcommand_from ${verbs.join(" ")}`
      lines.push(`complete -c heddle -n ${quote(condition)} -a ${command.path[1] ?? ""} -d ${quote(command.summary)}`)
    }
  }
  for (const command of commands) {
    const condition = quote(seen(command.path))
    for (const flag of flagsOf(command)) {
      const value =
        flag.kind === "boolean"
          ? ""
          : flag.choices !== undefined
            ? ` -x -a ${quote(flag.choices.join(" "))}`
            : flag.complete === undefined
              ? " -x"
              : " -r -F"
      lines.push(`complete -c heddle -n ${condition} -l ${flag.name} -d ${quote(flag.summary)}${value}`)
    }
    for (const choice of command.positionals?.[0]?.choices ?? []) {
      lines.push(`complete -c heddle -n ${condition} -a ${choice}`)
    }
  }
  return `${lines.join("\n")}\n`
}

const powershell = (commands: ReadonlyArray<CommandSpec>): string => {
  const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`
  const list = (words: string): string => words.split(" ").map(quote).join(", ")
  return `# PowerShell completion for heddle: heddle completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName heddle -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @{
${wordsAfter(commands)
  .map(([path, words]) => `    ${quote(path)} = @(${list(words)})`)
  .join("\n")}
  }
  $flags = @{
${commands.map((command) => `    ${quote(command.path.join(" "))} = @(${list(flagWords(command))})`).join("\n")}
  }
  $path = @()
  foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
    $text = $element.ToString()
    if ($text.StartsWith('-')) { break }
    if ($element.Extent.EndOffset -ge $cursorPosition -and $text -eq $wordToComplete) { break }
    $path += $text
  }
  $key = $path -join ' '
  if ($wordToComplete.StartsWith('-')) {
    $found = $flags.Keys | Where-Object { $key -eq $_ -or $key.StartsWith("$_ ") } | Select-Object -First 1
    $candidates = if ($found) { $flags[$found] } else { @('--help', '--version') }
  } else {
    $candidates = $words[$key]
  }
  $candidates | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`
}
