import { usage } from './control.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type CredentialOptions = { readonly credentialFile?: string; readonly credentialEnv?: string }

/** Secrets come from a file, stdin or a variable: arguments are visible to everyone. Null: none was given. */
export async function credentialGiven(
  terminal: Terminal,
  { credentialFile, credentialEnv }: CredentialOptions,
): Promise<Given<string | null>> {
  if (credentialFile !== undefined && credentialEnv !== undefined)
    return usage('--credential-file and --credential-env are both given; keep one.')
  if (credentialFile === undefined && credentialEnv === undefined) return { ok: true, value: null }
  const value = await readCredential(terminal, credentialFile, credentialEnv)
  if (!value) return usage(`The credential is empty or cannot be read (${credentialFile ?? credentialEnv}).`)
  return { ok: true, value }
}

async function readCredential(terminal: Terminal, file?: string, variable?: string): Promise<string> {
  try {
    if (variable !== undefined) return terminal.env[variable] ?? ''
    return (file === '-' ? await terminal.stdin() : terminal.readFile(file ?? '')).trim()
  } catch {
    return ''
  }
}
