import { Alert, List } from '@mantine/core'
import { useState } from 'react'
import type { Effect, GatewayView } from '../../src/fleet/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { ChangeDone } from '../ui/ChangeDone.tsx'
import { ConfirmChange } from '../ui/ConfirmChange.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly id: string
  readonly gateways: readonly GatewayView[]
  readonly onClose: () => void
}

/** Cuts a gateway off for good, after saying what that means, and then says whether it is. */
export function RevokeGateway({ id, gateways, onClose }: Props) {
  // Gone from the list as soon as it is revoked, while the dialog still speaks of it.
  const [known] = useState(gateways.find((gateway) => gateway.id === id))
  const { name = '' } = known ?? {}
  const [effect, setEffect] = useState<Effect | null>(null)
  // The address may name anything: only what is in the list is asked about.
  if (!known) return null
  if (effect) return <ChangeDone title={t('revoked', { name })} effect={effect} leave={t('done')} onClose={onClose} />
  return (
    <ConfirmChange
      title={t('revokeTitle')}
      text={t('revokeText', { name })}
      submit={t('revoke')}
      isDangerous
      run={() => ask<{ readonly effect: Effect }>(`DELETE /gateways/${id}`)}
      refreshes={['gateways']}
      done={(answer) => setEffect(answer.effect)}
      onClose={onClose}
    >
      {!gateways.some((gateway) => gateway.online && gateway.id !== id) && <Alert color="red">{t('revokeLast')}</Alert>}
      <List size="sm" spacing={4}>
        <List.Item>{t('revokeCut')}</List.Item>
        <List.Item>{t('revokeToken')}</List.Item>
        <List.Item>{t('revokeKeys')}</List.Item>
      </List>
    </ConfirmChange>
  )
}
