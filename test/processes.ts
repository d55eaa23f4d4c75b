import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

/** What the operating system says about a process. */
export type ProcessRow = {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly command: string
}

const run = promisify(execFile)

export async function processes(): Promise<ProcessRow[]> {
  if (process.platform !== 'linux') return processesByPs()
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const rows = await Promise.all(pids.map((pid) => processRow(pid).catch(() => null)))
  return rows.filter((row) => row !== null)
}

async function processRow(pid: string): Promise<ProcessRow> {
  const [stat, command] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/cmdline`, 'utf8'),
  ])
  // The name in parentheses may hold spaces and parentheses itself: what follows the last one is state, parent, group.
  const [, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    command: command.replaceAll('\0', ' ').trim(),
  }
}

async function processesByPs(): Promise<ProcessRow[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,pgid=,args='], { maxBuffer: 1 << 24 })
  return stdout.split('\n').flatMap((line) => {
    const found = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line)
    if (!found) return []
    return [{ pid: Number(found[1]), parent: Number(found[2]), group: Number(found[3]), command: found[4] ?? '' }]
  })
}

export async function descendantsOf(pid: number): Promise<number[]> {
  const all = await processes()
  const below = (parent: number): number[] =>
    all.filter((row) => row.parent === parent).flatMap((row) => [row.pid, ...below(row.pid)])
  return below(pid)
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** The descendant of `ancestor` (or itself) that listens on the port: the one way to tell the roles apart from outside. */
export async function holderOf(port: number, ancestor: number): Promise<number> {
  const inodes = await listenersOn(port)
  for (const pid of [ancestor, ...(await descendantsOf(ancestor))]) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => [])
    for (const file of files) {
      const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '')
      if (inodes.has(target)) return pid
    }
  }
  throw new Error(`Nobody below ${ancestor} listens on port ${port}`)
}

export async function isListening(port: number): Promise<boolean> {
  return (await listenersOn(port)).size > 0
}

async function listenersOn(port: number): Promise<Set<string>> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')))
  const rows = tables.join('\n').split('\n')
  const fields = rows.map((row) => row.trim().split(/\s+/))
  // Columns of /proc/net/tcp: slot, local address:port, remote, state (0A is LISTEN), …, inode in the tenth.
  return new Set(
    fields.filter((row) => row[1]?.endsWith(`:${hex}`) && row[3] === '0A').map((row) => `socket:[${row[9]}]`),
  )
}

/** Microseconds of CPU that a process used since it began, from the scheduler's own account (ns) where it is kept. */
export async function cpuMicroseconds(pid: number): Promise<number> {
  const tasks = await readdir(`/proc/${pid}/task`)
  const times = await Promise.all(
    tasks.map(async (task) => {
      const text = await readFile(`/proc/${pid}/task/${task}/schedstat`, 'utf8').catch(() => '0')
      return Number(text.split(' ')[0]) / 1000
    }),
  )
  return times.reduce((sum, time) => sum + time, 0)
}

export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024
}
