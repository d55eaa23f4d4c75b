import { Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Effect } from '../../../src/fleet/schema.ts'
import type { MemberView } from '../../../src/people/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { Dialog, FormDialog } from '../../ui/Dialog.tsx'
import { EffectNote } from '../../ui/EffectNote.tsx'
import { useChange } from '../../ui/useChange.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly member: MemberView; readonly onClose: () => void }
type Done = { readonly effect: Effect; readonly suspendedKeys: readonly string[] }

/** Asks, and then says on how many gateways it is in force and what to do next. */
export function DeactivateMember({ member, onClose }: Props) {
  const [done, setDone] = useState<Done | null>(null)
  const [reason, setReason] = useState('')
  const { change, isRunning, refusal } = useChange({
    run: (why: string) =>
      ask<Done>(`POST /members/${member.id}/deactivate`, {
        body: why === '' ? {} : { reason: why },
        revision: member.revision,
      }),
    refreshes: ['members', 'keys', 'apps', 'sessions', 'invitations'],
    done: setDone,
  })
  if (done) return <Deactivated member={member} done={done} onClose={onClose} />
  return (
    <FormDialog
      title={t('deactivateTitle', { name: member.name })}
      submit={t('deactivate')}
      isDangerous
      onClose={onClose}
      onSubmit={() => void change(reason.trim())}
      isRunning={isRunning}
      refusal={refusal}
    >
      <Text>{t('deactivateText')}</Text>
      <Textarea
        label={t('reason')}
        description={t('reasonHint')}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        maxLength={2000}
        autosize
      />
    </FormDialog>
  )
}

function Deactivated({ member, done, onClose }: Props & { readonly done: Done }) {
  return (
    <Dialog title={t('deactivatedTitle', { name: member.name })} onClose={onClose}>
      <Stack gap="sm">
        <EffectNote effect={done.effect} force="refused" />
        <Text>{t('suspended', { n: done.suspendedKeys.length })}</Text>
        {done.suspendedKeys.length > 0 && <Text>{t('handOnHint')}</Text>}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t('close')}
          </Button>
          <Button
            component={Link}
            to={`/people/members/${member.id}`}
            {...{ search: { do: 'hand-on' } as never }}
            onClick={onClose}
          >
            {t('handOn')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
