import {
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { Places } from '../clients/places.data.ts'
import type { Environment } from '../config.ts'

/** The machine as far as files of other programs are concerned; a test gives its own. */
export type Machine = {
  readonly platform: NodeJS.Platform
  readonly env: Environment
  readonly cwd: string
}

/** `base`: what is above the file and not looked at, such as the home directory. */
export type Place = { readonly path: string; readonly base: string }
type Found = { readonly ok: true; readonly place: Place } | { readonly ok: false; readonly why: string }
const failed = (why: string) => ({ ok: false, why }) as const

export function placeOf(places: Places, scope: 'project' | 'user', { platform, env, cwd }: Machine): Found {
  if (scope === 'project')
    return places.project === null
      ? failed('It has no settings of a project; leave --scope out, or give --file.')
      : { ok: true, place: { path: join(cwd, places.project), base: cwd } }
  const where = places.user[platform === 'win32' || platform === 'darwin' ? platform : 'linux']
  const [root = '', ...rest] = where.split('/')
  const base = root === '~' ? (platform === 'win32' ? env['USERPROFILE'] : env['HOME']) : env['APPDATA']
  if (base === undefined || !isAbsolute(base)) return failed('Nobody says where your home directory is; give --file.')
  return { ok: true, place: { path: join(base, ...rest), base } }
}

/** The file that somebody has named, relative to where he is. */
export const namedPlace = (file: string, { cwd }: Machine): Place => {
  const path = resolve(cwd, file)
  return { path, base: dirname(path) }
}

type Read =
  | { readonly ok: true; readonly text: string; readonly mode: number | null }
  | { readonly ok: false; readonly why: string }
/** No client's settings are larger; a device or a log is not read to its end. */
const mostBytes = 32 * 1024 * 1024

/**
 * What is there now; mode null: nothing. A link anywhere below the base is refused: a folder of somebody else could
 * lead it to a file of yours, and a link of yours would be replaced by a file.
 */
export function readPlace({ path, base }: Place): Read {
  const steps = relative(base, path).split(sep)
  for (const [at] of steps.entries()) {
    const part = join(base, ...steps.slice(0, at + 1))
    const isLast = at === steps.length - 1
    const found = kindOf(part)
    if (found === null) return { ok: true, text: '', mode: null }
    if (found.kind === 'link') return failed(`${part} is a symbolic link; name what it leads to with --file.`)
    if (isLast ? found.kind !== 'file' : found.kind !== 'folder')
      return failed(`${part} is no ${isLast ? 'file' : 'folder'}.`)
    if (!isLast) continue
    if (found.size > mostBytes) return failed(`${part} is too large to be settings.`)
    return readText(part, found.mode)
  }
  return failed(`${path} is no file.`)
}

function readText(path: string, mode: number): Read {
  try {
    return {
      ok: true,
      text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path)),
      mode,
    }
  } catch (error) {
    return failed(`${path} cannot be read (${reasonOf(error)}).`)
  }
}

function kindOf(path: string) {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (!found) return null
  const kind = found.isSymbolicLink() ? 'link' : found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other'
  return { kind, mode: found.mode & 0o777, size: found.size } as const
}

export type Written =
  | { readonly ok: true; readonly backup: string | null }
  | { readonly ok: false; readonly why: string }

/**
 * The whole new text at once, by a file beside it that takes its name, so that no reader meets half of it. What was
 * there is kept as `.bak`. A new file is for its owner alone where it is the owner's, else as the umask says.
 */
export function writePlace({ path }: Place, text: string, mode: number | null, isOwn: boolean): Written {
  const [fresh, backup] = [`${path}.ostiary-new`, `${path}.bak`]
  try {
    mkdirSync(dirname(path), { recursive: true, ...(isOwn ? { mode: 0o700 } : {}) })
    if (mode !== null) {
      const there = kindOf(backup)
      if (there && there.kind !== 'file') return failed(`${backup} is no file, so what is there could not be kept.`)
      rmSync(backup, { force: true })
      copyFileSync(path, backup, constants.COPYFILE_EXCL)
    }
    rmSync(fresh, { force: true })
    writeFresh(fresh, text, mode ?? (isOwn ? 0o600 : 0o666))
    renameSync(fresh, path)
    return { ok: true, backup: mode === null ? null : backup }
  } catch (error) {
    // A folder of that name is nothing that we have made.
    if (kindOf(fresh)?.kind === 'file') rmSync(fresh)
    return failed(`${path} cannot be written (${reasonOf(error)}); nothing was changed.`)
  }
}

function writeFresh(path: string, text: string, mode: number): void {
  const file = openSync(path, 'wx', mode)
  try {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error
    ? 'code' in error && typeof error.code === 'string'
      ? error.code
      : 'it is no text'
    : 'unknown'
