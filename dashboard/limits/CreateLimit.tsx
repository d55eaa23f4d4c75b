import { useState } from 'react'
import type { LimitView, NewLimit, TargetInput } from '../../src/limits/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { FormDialog } from '../ui/Dialog.tsx'
import { useChange } from '../ui/useChange.ts'
import { LimitFields, noLimits, saysNothing } from './LimitFields.tsx'
import { limitTypes } from './target/kinds.data.ts'
import { isWhole, TargetField } from './target/TargetField.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

export function CreateLimit({ onClose }: { readonly onClose: () => void }) {
  const [target, setTarget] = useState<TargetInput>({ type: 'organization' })
  const [limits, setLimits] = useState(noLimits)
  const { change, isRunning, refusal } = useChange({
    run: (body: NewLimit, idempotencyKey) => ask<{ limit: LimitView }>('POST /limits', { body, idempotencyKey }),
    refreshes: ['limits', 'keys'],
    said: t('created'),
    done: onClose,
  })
  return (
    <FormDialog
      title={t('createTitle')}
      size="lg"
      onClose={onClose}
      submit={t('create')}
      isRunning={isRunning}
      refusal={refusal}
      isReady={isWhole(target) && !saysNothing(limits)}
      onSubmit={() => void change({ target, ...limits })}
    >
      <TargetField types={limitTypes} value={target} onChange={setTarget} refusal={refusal} />
      <LimitFields value={limits} onChange={setLimits} refusal={refusal} />
    </FormDialog>
  )
}
