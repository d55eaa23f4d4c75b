import { Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { CopyInput } from '../../../src/keys/copies/schema.ts'
import type { KeyView } from '../../../src/keys/schema.ts'
import { ask } from '../../api.ts'
import { useSession } from '../../session/session.tsx'
import { Dialog, FormDialog } from '../../ui/Dialog.tsx'
import { Loading } from '../../ui/Page.tsx'
import { ErrorNote } from '../../ui/ProblemNote.tsx'
import { useOne } from '../../ui/useCalls.ts'
import { fieldError, useChange } from '../../ui/useChange.ts'
import { RevealSecret } from '../reveal/RevealSecret.tsx'
import type { RevealAnswer } from '../reveal/shownOnce.ts'
import { endOf } from './bodies.ts'
import { type Ground, t, useGround } from './desk.ts'
import { ExpiryField } from './ExpiryField.tsx'
import { rulesFor } from './rules.ts'
import type { KeyValues } from './values.ts'

type CopyWay = 'duplicate' | 'replacement'
type Props = { readonly keyId: string; readonly way: CopyWay; readonly onClose: () => void }

const words = {
  duplicate: { title: 'duplicateTitle', text: t('duplicateText'), submit: t('duplicate') },
  replacement: { title: 'replaceTitle', text: t('replaceText'), submit: t('replace') },
} as const

/** A key with every setting of this one: its name and its end can be others, because a policy may ask for it. */
export function CopyKey({ keyId, way, onClose }: Props) {
  const { ground, error, retry } = useGround()
  const one = useOne<{ key: KeyView }>(`/keys/${keyId}`)
  const [answer, setAnswer] = useState<RevealAnswer | null>(null)
  if (answer !== null) return <RevealSecret answer={answer} onDone={onClose} />
  if (ground === null || one.data === undefined)
    return (
      <Dialog title={t('loadingTitle')} onClose={onClose}>
        {error || one.error ? (
          <ErrorNote error={error ?? one.error} onRetry={() => (error ? retry() : void one.retry())} />
        ) : (
          <Loading lines={3} />
        )}
      </Dialog>
    )
  return <CopyForm ground={ground} original={one.data.key} way={way} onClose={onClose} onMade={setAnswer} />
}

type Said = { readonly expires: KeyValues['expires'] | 'same'; readonly expiresOn: string }
type FormProps = {
  readonly ground: Ground
  readonly original: KeyView
  readonly way: CopyWay
  readonly onClose: () => void
  readonly onMade: (answer: RevealAnswer) => void
}
function CopyForm({ ground, original, way, onClose, onMade }: FormProps) {
  const { title, text, submit } = words[way]
  const rules = useRules(ground, original)
  const suggested = way === 'duplicate' ? t('copyName', { name: original.name }) : original.name
  const [name, setName] = useState(suggested)
  const [end, setEnd] = useState<Said>({ expires: 'same', expiresOn: '' })
  const [reason, setReason] = useState(original.allServersReason ?? '')
  const { change, isRunning, refusal } = useChange({
    run: (body: CopyInput, idempotencyKey) =>
      ask<RevealAnswer>(`POST /keys/${original.id}/${way}`, { body, idempotencyKey }),
    refreshes: ['keys', 'apps'],
    done: onMade,
  })
  const { expires, expiresOn } = end
  const send = () =>
    void change({
      // What was suggested is what control says by itself, cut where it would be too long.
      ...(name === suggested ? {} : { name: name.trim() }),
      ...(expires === 'same' ? {} : endOf({ expires, expiresOn })),
      ...(reason.trim() === '' ? {} : { allServersReason: reason.trim() }),
    })
  const isDated = expires !== 'date' || expiresOn !== ''
  return (
    <FormDialog
      title={t(title, { name: original.name })}
      onClose={onClose}
      submit={submit}
      onSubmit={send}
      isRunning={isRunning}
      refusal={refusal}
      isReady={name.trim() !== '' && isDated}
    >
      <Stack gap="md">
        <Text>{text}</Text>
        <TextInput
          label={t('name')}
          required
          data-autofocus
          maxLength={120}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={name.trim() === '' ? t('nameFault') : fieldError(refusal, '/name')}
        />
        <ExpiryField
          rules={rules}
          {...end}
          onChange={setEnd}
          hasSame
          error={
            fieldError(refusal, '/expiresIn') ?? (expires === 'date' ? undefined : fieldError(refusal, '/expiresAt'))
          }
          dateError={fieldError(refusal, '/expiresAt')}
        />
        {rules.allServers === 'with-reason' && (
          <Textarea
            label={t('allServersReason')}
            description={t('allServersHint')}
            rows={2}
            translate="no"
            maxLength={2000}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            error={fieldError(refusal, '/allServersReason')}
          />
        )}
      </Stack>
    </FormDialog>
  )
}

function useRules({ policies, projects }: Ground, { projects: chosen }: KeyView) {
  const { me } = useSession()
  const tiers = projects.filter(({ id }) => chosen.includes(id)).map(({ tier }) => tier)
  return rulesFor(policies, tiers, me?.member.role === 'member')
}
