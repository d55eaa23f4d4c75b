import { useEffect, useState } from 'react'
import type { Effect } from '../../../src/fleet/schema.ts'
import type { KeyPatch, KeyView } from '../../../src/keys/schema.ts'
import { ask } from '../../api.ts'
import { useChange } from '../../ui/useChange.ts'
import { completed, patchOf, rebased } from './bodies.ts'
import { type Ground, type Refs, t, useNewDesk } from './desk.ts'
import { valuesOfKey } from './values.ts'

export type Shown = { readonly key: KeyView; readonly refs: Refs }
type Changed = Shown & { readonly effect: Effect }

const isDifferent = (patch: KeyPatch): boolean => Object.keys(patch).length > 0

/** How it ended, with the gateways that have it already. */
const saidOf = ({ effect: { acked, pending } }: Changed): string => {
  const n = acked.length + pending.length
  return n === 0 ? t('saved') : t('savedOn', { acked: acked.length, n })
}

/** The form of a key that is there. Only what was changed is sent, against the revision that was looked at. */
export function useKeyToEdit(ground: Ground, { key, refs }: Shown, onDone: () => void) {
  const [base, setBase] = useState(() => ({ values: valuesOfKey(key), revision: key.revision }))
  const { change, isRunning, refusal } = useChange({
    run: (body: KeyPatch) => ask<Changed>(`PATCH /keys/${key.id}`, { body, revision: base.revision }),
    refreshes: ['keys', 'findings'],
    said: saidOf,
    done: onDone,
  })
  const desk = useNewDesk({ ground, initial: base.values, refusal, keyId: key.id, refs })
  const { form } = desk
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each refusal; what is typed afterwards is nobody else's
  useEffect(() => {
    if (refusal?.code !== 'stale' || key.revision === base.revision) return
    const theirs = valuesOfKey(key)
    form.setValues(rebased(base.values, form.values, theirs))
    setBase({ values: theirs, revision: key.revision })
  }, [refusal, key.revision])
  const patch = patchOf(
    base.values,
    completed(
      form.values,
      desk.present.map(({ id }) => id),
      desk.toolsShown,
    ),
  )
  const submit = () => {
    if (desk.check()) void change(patch)
  }
  return { desk, submit, isRunning, refusal, isReady: isDifferent(patch) }
}
