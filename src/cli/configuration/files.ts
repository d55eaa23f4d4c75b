import { lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { failure } from '../control.ts'
import { exit } from '../exit.ts'
import type { Given } from '../values.ts'
import type { Slip } from './schema.ts'
import { largestBytes, type Reading, readText } from './text.ts'

const isMeant = (name: string): boolean => /\.(ya?ml|json)$/i.test(name)

/**
 * One file, or every `.yaml`, `.yml` and `.json` below a folder in a steady order. What could not be read as it stands is
 * told, never left out: with --prune a file that is missing would take away what it holds.
 */
export function readFiles(place: string): Given<Reading> {
  const slips: Slip[] = []
  let files: string[]
  try {
    // What was named itself may be a link; what lies below it may not.
    const root = lstatSync(realpathSync(place))
    files = root.isDirectory() ? below(place, slips) : [place]
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'not readable'
    return failure('usage', 'The files cannot be read', `${place} cannot be read: ${why}.`, 0, exit.usage)
  }
  const readings = files.map((file) => one(file))
  const documents = readings.flatMap((reading) => reading.documents)
  slips.push(...readings.flatMap((reading) => reading.slips))
  if (documents.length === 0 && slips.length === 0)
    return failure('usage', 'There is nothing to apply', `${place} holds no configuration.`, 0, exit.usage)
  return { ok: true, value: { documents, slips } }
}

function below(folder: string, slips: Slip[]): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap((entry) => {
    const file = path.join(folder, entry.name)
    if (entry.name.startsWith('.')) return []
    if (entry.isDirectory()) return below(file, slips)
    if (entry.isFile()) return isMeant(entry.name) ? [file] : []
    if (isMeant(entry.name) || entry.isSymbolicLink())
      slips.push({ file, line: 1, detail: 'is no file of its own: links are not followed' })
    return []
  })
}

function one(file: string): Reading {
  try {
    const bytes = readFileSync(file)
    if (bytes.length > largestBytes) throw new Error('too large')
    return readText(file, new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return { documents: [], slips: [{ file, line: 1, detail: 'cannot be read as text, or is larger than 20 MB' }] }
  }
}
