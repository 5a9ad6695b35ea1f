/**
 * The first step of `npm start`, `npm test` and every other root script: brings what is missing, then runs the target.
 * It needs nothing but Node 20 and npm, imports no package, and stays quiet when all is there.
 *
 *   node tooling/bootstrap.mjs heddle <arguments>   the command line, from its sources, in the caller's folder
 *   node tooling/bootstrap.mjs run <script> [...]   a script of package.json, through pnpm
 *   node tooling/bootstrap.mjs node <file> [...]    a program of this repository, in the caller's folder
 *   node tooling/bootstrap.mjs pnpm <arguments>     the pinned pnpm
 *
 * Fast path: a stamp in node_modules/.cache/heddle says which Node and pnpm fit and for which lockfile and manifests the
 * packages were installed. While it holds, the target starts at once. Otherwise pnpm (and a Node, where this one does not
 * fit) come from the package registry through npx, the lockfile is installed as it is, and a new stamp is written.
 * What set-up says goes to stderr, so that stdout carries the target's own output only.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { constants } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** Fetched on Linux where the machine's own Node does not fit. */
const fetchedNode = "24.21.0"
const versionTimeoutMs = 20_000
/** npm hands a signal to the shell between us, and that shell may die of it without a word: seen by its absence. */
const parentLookMs = 200

const root = realpathSync(fileURLToPath(new URL("..", import.meta.url)))
const stampFile = join(root, "node_modules/.cache/heddle/toolchain.json")
const onWindows = process.platform === "win32"
const { engines, packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))

const usage = "usage: node tooling/bootstrap.mjs heddle|run|node|pnpm [arguments]"

/** A fault of the machine or the call that the reader can mend: printed without a stack. */
class SetupError extends Error {}

try {
  const [target, ...args] = process.argv.slice(2)
  if (target === "--install") install(args.includes("--update"))
  else await runTarget(target, args)
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(`heddle: ${error.message}\n`)
  process.exitCode = 1
}

async function runTarget(target, args) {
  if (!["heddle", "run", "node", "pnpm"].includes(target)) throw new SetupError(usage)
  if ((target === "run" || target === "node") && args.length === 0) throw new SetupError(usage)
  // Whoever changes what is installed has a lockfile that does not fit yet: it is this command that makes it fit.
  const isUpdate = target === "pnpm" && ["install", "i", "add", "remove", "rm", "update", "up"].includes(args[0])
  const tools = freshTools() ?? setUp(isUpdate)
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1" }
  if (target === "run" || target === "pnpm") {
    const withTools = [...new Set([dirname(tools.pnpm), dirname(tools.node)])]
    env.PATH = [...withTools, process.env.PATH ?? ""].join(delimiter)
    await handOver(tools.pnpm, target === "run" ? ["--silent", "run", ...args] : args, {
      cwd: root,
      env,
      shell: onWindows,
    })
    return
  }
  env.NODE_COMPILE_CACHE ??= join(root, "node_modules/.cache/compile")
  if (target === "heddle") {
    env.HEDDLE_LAUNCHED = "1"
    await handOver(tools.node, [join(root, "apps/cli/src/main.ts"), ...args], { cwd: callersFolder(), env })
    return
  }
  await handOver(tools.node, [join(root, args[0]), ...args.slice(1)], { cwd: callersFolder(), env })
}

/** npm and pnpm run a script in the package's root and say in INIT_CWD where it was typed; relative paths mean that folder. */
function callersFolder() {
  const { INIT_CWD } = process.env
  if (INIT_CWD === undefined || realpathSync(process.cwd()) !== root) return process.cwd()
  return statSync(INIT_CWD, { throwIfNoEntry: false })?.isDirectory() ? INIT_CWD : process.cwd()
}

/** Runs the child with our streams, hands it every signal we get, and ends as it ended. */
function handOver(file, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: "inherit", ...options })
    // At a terminal the child has the signal already, because Ctrl-C goes to the whole group; sending it again is
    // harmless, and needed where only this process was signalled. Either way this process waits for the child.
    const forward = (signal) => child.kill(signal)
    const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2", "SIGCONT"].filter(
      (name) => name in constants.signals,
    )
    for (const signal of signals) process.on(signal, forward)
    const parent = process.ppid
    const watch = setInterval(() => {
      if (process.env.npm_lifecycle_event === undefined || process.ppid === parent) return
      clearInterval(watch)
      child.kill("SIGTERM")
    }, parentLookMs)
    child.once("error", reject)
    child.once("close", (code, signal) => {
      clearInterval(watch)
      for (const name of signals) process.off(name, forward)
      process.exitCode = signal === null ? (code ?? 1) : 128 + (constants.signals[signal] ?? 0)
      // The same end as the child's, so that a shell loop around us stops where it would have stopped.
      if (signal !== null && !onWindows) process.kill(process.pid, signal)
      resolve()
    })
  })
}

/** Does this `x.y.z` satisfy `engines.node`? Understands `^x.y.z` and `>=x.y.z` joined by `||`. */
function fits(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return engines.node.split("||").some((range) => {
    const [, sign, wantedMajor, wantedMinor] = /^\s*(\^|>=)(\d+)\.(\d+)/.exec(range) ?? []
    if (major === Number(wantedMajor)) return minor >= Number(wantedMinor)
    return sign === ">=" && major > Number(wantedMajor)
  })
}

/** Hash of all that decides what is installed. */
function manifestsDigest() {
  const hash = createHash("sha256")
  const files = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"]
  for (const folder of ["apps", "packages", "tooling"]) {
    for (const name of readdirSync(join(root, folder)).sort()) files.push(`${folder}/${name}/package.json`)
  }
  for (const file of files) {
    const path = join(root, file)
    if (existsSync(path)) hash.update(`${file}\n`).update(readFileSync(path)).update("\n")
  }
  return hash.digest("hex")
}

/** Node and pnpm of the last install, if it still holds. */
function freshTools() {
  let stamp
  try {
    stamp = JSON.parse(readFileSync(stampFile, "utf8"))
  } catch {
    return undefined // no stamp, or one cut short: set up again
  }
  if (
    stamp.digest !== manifestsDigest() ||
    !existsSync(stamp.pnpm) ||
    !existsSync(join(root, "node_modules/.modules.yaml"))
  ) {
    return undefined
  }
  if (fits(process.versions.node)) return { node: process.execPath, pnpm: stamp.pnpm }
  return existsSync(stamp.node) ? { node: stamp.node, pnpm: stamp.pnpm } : undefined
}

function setUp(isUpdate) {
  if (fits(process.versions.node) && ownPnpm() !== undefined) {
    install(isUpdate)
  } else {
    const packages = [packageManager]
    if (!fits(process.versions.node)) packages.push(nodePackage())
    process.stderr.write(
      `heddle: setting up with ${packages.join(" and ")} from the package registry; later runs start at once\n`,
    )
    const args = ["--yes", "--prefer-offline", ...packages.flatMap((name) => ["--package", name])]
    run(
      "npx",
      [...args, "--", "node", join(root, "tooling/bootstrap.mjs"), "--install", ...(isUpdate ? ["--update"] : [])],
      {
        npm_config_update_notifier: "false",
        npm_config_loglevel: "error", // under `npm -s` a failure would have no words
        npm_config_fund: "false",
        npm_config_fetch_retry_maxtimeout: "10000", // without a network npm's own waits come to 70 s
        npm_config_audit: "false",
      },
    )
  }
  const tools = freshTools()
  if (tools === undefined)
    throw new SetupError("the packages were installed, but a file changed meanwhile; run the command again")
  return tools
}

/** The registry's package that holds a Node binary for this machine; it has no install script. */
function nodePackage() {
  const wanted = `Node ${engines.node} is needed; this is ${process.version}`
  if (process.platform !== "linux")
    throw new SetupError(`${wanted}. Install one from https://nodejs.org and run the command again`)
  if (!["x64", "arm64"].includes(process.arch))
    throw new SetupError(`${wanted}, and none can be fetched for ${process.arch}`)
  process.report.excludeNetwork = true
  if (process.report.getReport().header.glibcVersionRuntime === undefined) {
    throw new SetupError(
      `${wanted}. On a Linux without glibc install it from the distribution (Alpine: apk add nodejs)`,
    )
  }
  return `node-linux-${process.arch}@${fetchedNode}`
}

/** Installs what the lockfile says, or what the manifests say where they are being changed, under a Node that fits and with pnpm at hand, and leaves the stamp. */
function install(isUpdate) {
  const pnpm = ownPnpm() ?? fetchedPnpm()
  if (pnpm === undefined) throw new SetupError(`npx brought no ${packageManager}`)
  const digest = manifestsDigest()
  const path = [dirname(pnpm), dirname(process.execPath), process.env.PATH ?? ""].join(delimiter)
  const lock = isUpdate ? "--no-frozen-lockfile" : "--frozen-lockfile"
  run(pnpm, ["install", lock], { PATH: path, CI: "true", TURBO_TELEMETRY_DISABLED: "1" }, "capture")
  mkdirSync(dirname(stampFile), { recursive: true })
  const temporary = `${stampFile}.${process.pid}`
  const installed = isUpdate ? manifestsDigest() : digest
  writeFileSync(temporary, `${JSON.stringify({ digest: installed, node: process.execPath, pnpm }, undefined, 2)}\n`)
  renameSync(temporary, stampFile)
}

/** A pnpm of the pinned major version that is already on PATH. Other majors read the workspace file differently. */
function ownPnpm() {
  const pnpm = onPath("pnpm")
  if (pnpm === undefined || pnpm.includes(`node_modules${onWindows ? "\\" : "/"}.bin`)) return undefined
  const asked = spawnSync(pnpm, ["--version"], {
    encoding: "utf8",
    shell: onWindows,
    timeout: versionTimeoutMs,
    env: { ...process.env, COREPACK_ENABLE_DOWNLOAD_PROMPT: "0" },
  })
  const major = packageManager.split("@")[1].split(".")[0]
  return asked.status === 0 && asked.stdout.startsWith(`${major}.`) ? pnpm : undefined
}

/**
 * The pnpm that npx put on PATH. Its native program is taken from the package beside the wrapper, because the wrapper is
 * only a text without `#!` where install scripts are switched off (npm 12), and turbo could not start that.
 */
function fetchedPnpm() {
  const wrapper = onPath("pnpm")
  if (wrapper === undefined || onWindows) return wrapper
  const packages = dirname(dirname(realpathSync(wrapper)))
  const native = join(packages, `@pnpm/exe.${process.platform}-${process.arch}/pnpm`)
  return existsSync(native) ? native : wrapper
}

function onPath(name) {
  const endings = onWindows ? [".cmd", ".exe"] : [""]
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const ending of endings) {
      const file = join(folder, name + ending)
      if (folder !== "" && existsSync(file)) return file
    }
  }
  return undefined
}

/** Runs a step of the set-up with its stdout on our stderr; "capture" shows its output only when it fails. */
function run(file, args, env, output = "show") {
  const result = spawnSync(file, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: output === "capture" ? ["ignore", "pipe", "pipe"] : ["ignore", 2, 2],
    maxBuffer: 64 * 1024 * 1024,
    encoding: "utf8",
    shell: onWindows,
  })
  if (result.status === 0) return
  process.stderr.write((result.stdout ?? "") + (result.stderr ?? ""))
  const how =
    result.error?.message ??
    (result.signal === null ? `ended with status ${result.status}` : `was ended by ${result.signal}`)
  const step = file === "npx" ? "fetching the tools with npx" : "pnpm install"
  const hint =
    file === "npx"
      ? "the first run needs the package registry; see the lines above"
      : "after a change to a package.json, run: npm run -s pnpm -- install"
  throw new SetupError(`${step} ${how}; ${hint}`)
}
