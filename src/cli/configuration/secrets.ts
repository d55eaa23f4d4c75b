import { lstatSync, readFileSync, realpathSync } from 'node:fs'
import path from 'node:path'
import type { Entry, From, Place, Slip } from './schema.ts'

/** Answers the secret, or null and remembers what is missing. Nobody else ever sees it. */
export type Give = (from: From, place: Place) => string | null

type Machine = { readonly env: Readonly<Record<string, string | undefined>> }

/** Files of secrets lie beside or below the file that names them, on the machine that applies. */
export function createGive({ env }: Machine, slips: Slip[]): Give {
  return (from, place) => {
    const found = 'env' in from ? fromEnv(env, from.env) : fromFile(place, from.file)
    if ('problem' in found) slips.push({ ...place, detail: found.problem })
    return 'problem' in found ? null : found.value
  }
}

type Found = { readonly value: string } | { readonly problem: string }

function fromEnv(env: Machine['env'], name: string): Found {
  const value = env[name]
  return value === undefined || value === '' ? { problem: `no variable ${name} is set here` } : { value }
}

/** Where the secrets of an entry are said to be. */
export function fromsIn(entry: Entry): From[] {
  if (entry.kind === 'provider') return entry.entry.credential === undefined ? [] : [entry.entry.credential.from]
  if (entry.kind !== 'server') return []
  const { transport, credential } = entry.entry
  const variables = transport.type === 'stdio' ? Object.values(transport.env ?? {}) : []
  return [...variables.map(({ from }) => from), ...(credential === undefined ? [] : [credential.from])]
}

export const wrongPlacesIn = (entry: Entry): Slip[] =>
  fromsIn(entry).flatMap((from) => {
    const detail = 'file' in from ? problemOfPath(from.file) : problemOfVariable(from.env)
    return detail === null ? [] : [{ ...entry.place, detail: `from.${'file' in from ? 'file' : 'env'} ${detail}` }]
  })

/** A file that somebody else wrote must not send the token of whoever applies it to a server of its choice. */
const problemOfVariable = (name: string): string | null =>
  /^OSTIARY_/i.test(name) ? 'is a setting of Ostiary itself, and no secret of a server' : null

const largestBytes = 64 * 1024

function problemOfPath(file: string): string | null {
  const parts = file.split(/[\\/]/)
  if (path.isAbsolute(file) || /^[A-Za-z]:/.test(file) || file.startsWith('\\')) return 'must be relative to this file'
  return parts.includes('..') || file.includes('\0') ? 'must not lead out of the folder of this file' : null
}

function fromFile({ file: config }: Place, file: string): Found {
  const wrong = problemOfPath(file)
  if (wrong !== null) return { problem: `from.file ${wrong}` }
  try {
    const folder = realpathSync(path.dirname(config))
    // A link inside the folder may still lead out of it.
    const real = realpathSync(path.join(folder, file))
    if (!real.startsWith(folder + path.sep))
      return { problem: 'from.file leads out of the folder of this file by a link' }
    const facts = lstatSync(real)
    if (!facts.isFile() || facts.size > largestBytes) return { problem: 'from.file is no small file' }
    const value = readFileSync(real, 'utf8').replace(/\r?\n$/, '')
    return value === '' ? { problem: 'from.file is empty' } : { value }
  } catch {
    return { problem: 'from.file cannot be read here' }
  }
}
