import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { slug } from '../../servers/schema.ts'
import { connect, type Failure, failure, usage } from '../control.ts'
import { type Exit, exit } from '../exit.ts'
import { printFailure } from '../print.ts'
import type { Terminal } from '../terminal.ts'
import { documentsOf, textOf } from './export-text.ts'
import { type Held, heldIn } from './held.ts'
import { createNames } from './names.ts'
import { textsIn } from './plan.ts'
import { fieldOf, kinds } from './schema.ts'
import { readState } from './state.ts'

export type ExportOptions = {
  readonly name?: string
  readonly all?: boolean
  /** A file, or a folder that gets one file for each kind. */
  readonly output?: string
}

/** What a configuration manages, or everything, as the files that would make it. No secret is in it: control tells none. */
export async function exportAll(terminal: Terminal, options: ExportOptions): Promise<Exit> {
  const { name, all, output } = options
  if (name === undefined && !all) return printFailure(terminal, usage('Say what: --name NAME, or --all.'), {})
  if (name !== undefined && !slug.safeParse(name).success)
    return printFailure(terminal, usage('--name must be small letters, digits and single hyphens, 31 at most.'), {})
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, {})
  const state = await readState(control)
  if (!state.ok) return printFailure(terminal, state, {})
  const held = [...heldIn(state.value, createNames(state.value)).values()]
  const chosen = all ? held : managedBy(held, name ?? '')
  const written = documentsOf(chosen)
  const called = name ?? null
  if (output === undefined) {
    terminal.out(textOf(written, called, null))
    return exit.done
  }
  const isFile = /\.(ya?ml|json)$/i.test(output)
  const files = isFile
    ? [{ file: output, text: textOf(written, called, null, output.endsWith('.json')) }]
    : kinds
        .filter((kind) => written.has(kind))
        .map((kind) => ({ file: path.join(output, `${fieldOf[kind]}.yaml`), text: textOf(written, called, kind) }))
  const failed = write(isFile ? null : output, files)
  if (failed) return printFailure(terminal, failed, {})
  for (const { file } of files) terminal.out(`${file}\n`)
  return exit.done
}

/** Of the catalog that new ones join only what is its own as well: the rest came by itself. */
function managedBy(held: readonly Held[], name: string): Held[] {
  const ours = held.filter((one) => one.managedBy === name)
  const isOurs = (kind: Held['kind']) => (slug: string) => ours.some((one) => one.kind === kind && one.slug === slug)
  return ours.map((one) => {
    if (!one.isJoinedByNew) return one
    const content = { servers: textsIn(one.form['servers']), providers: textsIn(one.form['providers']) }
    const kept = {
      servers: content.servers.filter(isOurs('server')),
      providers: content.providers.filter(isOurs('provider')),
    }
    return { ...one, form: { ...one.form, ...kept } }
  })
}

type File = { readonly file: string; readonly text: string }

function write(folder: string | null, files: readonly File[]): Failure | null {
  try {
    if (folder !== null) mkdirSync(folder, { recursive: true })
    for (const { file, text } of files) writeFileSync(file, text)
    return null
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'not writable'
    return failure('usage', 'It cannot be written', `It cannot be written there: ${why}.`, 0, exit.usage)
  }
}
