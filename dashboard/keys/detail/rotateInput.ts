import type { RotateInput } from '../../../src/keys/rotation/schema.ts'

export const hourS = 3600
export const dayS = 24 * hourS

export type RotateFields = {
  readonly mode: 'immediate' | 'grace' | 'on-first-use'
  /** Seconds, as a choice of a list says them. */
  readonly grace: string
  readonly deadline: string
  /** Empty: the old secret is not ended early. */
  readonly silent: string
}
export const rotateDefaults: RotateFields = {
  mode: 'immediate',
  grace: String(dayS),
  deadline: String(7 * dayS),
  silent: '',
}

/** Times belong to rotations with an overlap only: beside `immediate` they would be refused. */
export function rotateInputOf({ mode, grace, deadline, silent }: RotateFields): RotateInput {
  if (mode === 'immediate') return { mode }
  return {
    mode,
    graceSeconds: Number(grace),
    ...(mode === 'on-first-use' ? { deadlineSeconds: Number(deadline) } : {}),
    ...(silent === '' ? {} : { silentSeconds: Number(silent) }),
  }
}
