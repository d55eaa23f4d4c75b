import { SegmentedControl, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { LeavingView } from '../../../src/people/leaving/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { FormDialog } from '../../ui/Dialog.tsx'
import { EntityPicker } from '../../ui/EntityPicker.tsx'
import { useChange } from '../../ui/useChange.ts'
import { TransferLinks } from './TransferLinks.tsx'
import { TransferPreview } from './TransferPreview.tsx'
import { texts } from './texts.data.ts'
import type { Heir, Transferred } from './transfer.ts'

const t = translator(texts)

type Props = { readonly leaving: LeavingView; readonly onClose: () => void }
type Asked = { readonly to: Heir; readonly reason: string; readonly dryRun: boolean }

const proposalOf = ({ heirs }: LeavingView): Heir | null => {
  const [team, member] = [heirs.teams[0], heirs.members[0]]
  return team ? { type: 'team', id: team.id } : member ? { type: 'member', id: member.id } : null
}

/** Who takes it over, what each key loses by it, and then the links, which stay in this state alone. */
export function HandOn({ leaving, onClose }: Props) {
  const [heir, setHeir] = useState<Heir>(proposalOf(leaving) ?? { type: 'team', id: '' })
  const [reason, setReason] = useState('')
  const [shown, setShown] = useState<Transferred | null>(null)
  const { change, isRunning, refusal, reset } = useChange({
    run: ({ to, reason: why, dryRun }: Asked, idempotencyKey) =>
      ask<Transferred>(`POST /members/${leaving.member.id}/transfer`, {
        body: { to, dryRun, ...(why === '' ? {} : { reason: why }) },
        idempotencyKey,
      }),
    refreshes: ['members', 'keys', 'apps'],
    done: setShown,
  })
  const send = (dryRun: boolean) => void change({ to: heir, reason: reason.trim(), dryRun })
  const title = t('handOnTitle', { name: leaving.member.name })
  if (shown && !shown.dryRun) return <TransferLinks title={title} transfer={shown} onClose={onClose} />
  if (shown)
    return (
      <TransferPreview
        title={title}
        transfer={shown}
        onBack={() => {
          reset()
          setShown(null)
        }}
        onSubmit={() => send(false)}
        isRunning={isRunning}
        refusal={refusal}
      />
    )
  return (
    <FormDialog
      title={title}
      submit={t('preview')}
      onClose={onClose}
      onSubmit={() => send(true)}
      isRunning={isRunning}
      refusal={refusal}
      isReady={heir.id !== ''}
    >
      <HeirField leaving={leaving} heir={heir} onChange={setHeir} />
      <TextInput
        label={t('reason')}
        description={t('reasonHint')}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        maxLength={2000}
      />
      <Text size="sm" c="dimmed">
        {t('oldSecretsEnd')}
      </Text>
    </FormDialog>
  )
}

type Field = { readonly leaving: LeavingView; readonly heir: Heir; readonly onChange: (heir: Heir) => void }

function HeirField({ leaving: { heirs }, heir, onChange }: Field) {
  const isTeam = heir.type === 'team'
  const proposed = (isTeam ? heirs.teams : heirs.members).map(({ name }) => name)
  return (
    <Stack gap="xs">
      <SegmentedControl
        aria-label={t('toKind')}
        value={heir.type}
        onChange={(type) => onChange({ type: type === 'team' ? 'team' : 'member', id: '' })}
        data={[
          { value: 'team', label: t('toTeam') },
          { value: 'member', label: t('toMember') },
        ]}
      />
      <EntityPicker
        key={heir.type}
        path={isTeam ? '/teams' : '/members'}
        {...(isTeam ? {} : { query: { status: 'active' } })}
        label={isTeam ? t('team') : t('member')}
        {...(proposed.length > 0 ? { description: t('proposed', { names: proposed.join(', ') }) } : {})}
        value={heir.id || null}
        onChange={(id) => onChange({ ...heir, id: id ?? '' })}
        required
      />
    </Stack>
  )
}
