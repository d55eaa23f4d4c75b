import { Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { AppView } from '../../src/apps/schema.ts'
import { ask } from '../api.ts'
import { RevealSecret } from '../keys/reveal/RevealSecret.tsx'
import type { RevealAnswer } from '../keys/reveal/shownOnce.ts'
import { translator } from '../texts.ts'
import { FormDialog } from '../ui/Dialog.tsx'
import { fieldError, useChange } from '../ui/useChange.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly app: Pick<AppView, 'id' | 'name'>
  readonly onClose: () => void
  readonly onMade: (app: AppView) => void
}
type Made = RevealAnswer & { readonly app: AppView }

/** A second client is a second app (C23): the same project and tools, another key. */
export function CloneApp({ app, onClose, onMade }: Props) {
  const [name, setName] = useState(() => t('cloneName', { name: app.name }))
  const [made, setMade] = useState<Made | null>(null)
  const { change, isRunning, refusal } = useChange({
    run: (body: { name: string }, idempotencyKey) => ask<Made>(`POST /apps/${app.id}/clone`, { body, idempotencyKey }),
    refreshes: ['apps', 'keys'],
    done: setMade,
  })
  if (made) return <RevealSecret answer={made} onDone={() => onMade(made.app)} />
  return (
    <FormDialog
      title={t('cloneTitle', { name: app.name })}
      submit={t('clone')}
      onClose={onClose}
      onSubmit={() => void change({ name })}
      isReady={name.trim() !== ''}
      isRunning={isRunning}
      refusal={refusal}
    >
      <Text size="sm">{t('cloneText')}</Text>
      <TextInput
        label={t('name')}
        required
        maxLength={120}
        autoComplete="off"
        data-autofocus
        value={name}
        error={fieldError(refusal, '/name')}
        onChange={({ currentTarget: { value } }) => setName(value)}
      />
    </FormDialog>
  )
}
