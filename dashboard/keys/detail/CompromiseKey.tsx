import { Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Compromised } from '../../../src/keys/compromise/schema.ts'
import type { KeyView } from '../../../src/keys/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { FormDialog } from '../../ui/Dialog.tsx'
import { Loading } from '../../ui/Page.tsx'
import { ErrorNote } from '../../ui/ProblemNote.tsx'
import { useChange } from '../../ui/useChange.ts'
import { CompromiseDone } from './CompromiseDone.tsx'
import { EvidencePart } from './EvidencePart.tsx'
import { texts } from './texts.data.ts'
import type { Refs } from './useKey.ts'

const t = translator(texts)

export type CompromiseAnswer = Compromised & { readonly refs: Refs }
type Props = { readonly of: Pick<KeyView, 'id' | 'name' | 'revision'>; readonly onClose: () => void }

/** Somebody else may have the secret: look at what was done with it, then end and replace the key in one step. */
export function CompromiseKey({ of: { id, name, revision }, onClose }: Props) {
  const [reason, setReason] = useState('')
  const [done, setDone] = useState<CompromiseAnswer | null>(null)
  // A dry run changes nothing and holds no link, so it may be asked like any other page.
  const look = useQuery({
    queryKey: ['compromise', id],
    queryFn: () => ask<CompromiseAnswer>(`POST /keys/${id}/compromise`, { body: { dryRun: true } }),
    gcTime: 0,
    enabled: done === null,
  })
  const { change, isRunning, refusal } = useChange({
    run: (said: string, idempotencyKey) =>
      ask<CompromiseAnswer>(`POST /keys/${id}/compromise`, {
        body: said === '' ? {} : { reason: said },
        revision,
        idempotencyKey,
      }),
    refreshes: ['keys', 'findings', 'audit-events', 'budgets'],
    done: setDone,
  })
  if (done) return <CompromiseDone answer={done} name={name} onClose={onClose} />
  const refused = look.data?.replacementRefused
  return (
    <FormDialog
      title={t('compromiseTitle')}
      size="xl"
      submit={t('cutKey')}
      onSubmit={() => void change(reason.trim())}
      onClose={onClose}
      isRunning={isRunning}
      refusal={refusal}
      isDangerous
    >
      <Text>{t('compromiseText')}</Text>
      {look.isPending && <Loading lines={3} />}
      <ErrorNote error={look.error} onRetry={() => void look.refetch()} />
      {look.data && <EvidencePart evidence={look.data.evidence} refs={look.data.refs} />}
      {look.data && (
        <Text size="sm">
          {refused ? (
            <>
              {t('replacementNot')} <Data>{refused.detail}</Data>
            </>
          ) : (
            t('replacementWill')
          )}
        </Text>
      )}
      <TextInput
        label={t('reasonOptional')}
        description={t('reasonHint')}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        maxLength={2000}
      />
    </FormDialog>
  )
}
