import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Config } from '../config.ts'
import { Secret } from '../secret.ts'

type Enrolled = { readonly ok: true; readonly token: Secret } | { readonly ok: false; readonly message: string }

/** The token with which a gateway apart attaches: given once, kept in its data directory, replaced by a newly given one. */
export function gatewayToken({ dataDir, enrolmentToken }: Pick<Config, 'dataDir' | 'enrolmentToken'>): Enrolled {
  const file = path.join(dataDir, 'secrets', 'gateway.token')
  if (enrolmentToken !== null) {
    keep(file, enrolmentToken)
    return { ok: true, token: enrolmentToken }
  }
  try {
    return { ok: true, token: new Secret(readFileSync(file, 'utf8').trim(), 'gateway token') }
  } catch {
    return {
      ok: false,
      message: `This gateway is not enrolled: set OSTIARY_ENROLMENT_TOKEN to the token that control gave (${file} cannot be read).`,
    }
  }
}

function keep(file: string, token: Secret): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.new`
  writeFileSync(draft, `${token.reveal()}\n`, { mode: 0o600 })
  renameSync(draft, file)
}
