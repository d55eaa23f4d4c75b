import { useState } from 'react'
import type { Effect } from '../../src/fleet/schema.ts'
import type { KeyLimits, LimitView } from '../../src/limits/schema.ts'
import { ask, type Refs } from '../api.ts'
import { translator } from '../texts.ts'
import { Dialog, FormDialog } from '../ui/Dialog.tsx'
import { Loading } from '../ui/Page.tsx'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { useOne } from '../ui/useCalls.ts'
import { useChange } from '../ui/useChange.ts'
import { LimitFields } from './LimitFields.tsx'
import { nameOfTarget } from './target/TargetName.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type One = { readonly limit: LimitView; readonly refs: Refs }
type Changed = One & { readonly effect: Effect }
type Ends = { readonly onClose: () => void; readonly onDone: (effect: Effect) => void }

/** By its id, as it stands in the address. */
export function EditLimit({ id, ...ends }: Ends & { readonly id: string }) {
  const { data, error, retry } = useOne<One>(`/limits/${encodeURIComponent(id)}`)
  if (data) return <Form key={data.limit.revision} {...data} {...ends} />
  return (
    <Dialog title={t('edit')} onClose={ends.onClose} size="lg">
      {error ? <ErrorNote error={error} onRetry={() => void retry()} /> : <Loading />}
    </Dialog>
  )
}

function Form({ limit, refs, onClose, onDone }: One & Ends) {
  const { requestsPerMinute, tokensPerMinute, concurrent, streams, detached } = limit
  const [limits, setLimits] = useState<KeyLimits>({
    requestsPerMinute,
    tokensPerMinute,
    concurrent,
    streams,
    detached,
  })
  const name = nameOfTarget(limit.target, refs)
  const { change, isRunning, refusal } = useChange({
    run: (body: KeyLimits) => ask<Changed>(`PATCH /limits/${limit.id}`, { body, revision: limit.revision }),
    refreshes: ['limits', 'keys'],
    said: t('saved'),
    done: ({ effect }) => onDone(effect),
  })
  return (
    <FormDialog
      title={t('editTitle', { name })}
      size="lg"
      onClose={onClose}
      submit={t('save')}
      isRunning={isRunning}
      refusal={refusal}
      onSubmit={() => void change(limits)}
    >
      <LimitFields value={limits} onChange={setLimits} refusal={refusal} />
    </FormDialog>
  )
}
