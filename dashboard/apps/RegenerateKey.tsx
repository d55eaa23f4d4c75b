import { List, Text } from '@mantine/core'
import { useState } from 'react'
import type { AppView } from '../../src/apps/schema.ts'
import type { ClientView } from '../../src/keys/rotation/schema.ts'
import { ask, type PageOf } from '../api.ts'
import { RevealSecret } from '../keys/reveal/RevealSecret.tsx'
import type { RevealAnswer } from '../keys/reveal/shownOnce.ts'
import { translator } from '../texts.ts'
import { ConfirmChange } from '../ui/ConfirmChange.tsx'
import { Data, Time } from '../ui/Data.tsx'
import { Loading } from '../ui/Page.tsx'
import { useOne } from '../ui/useCalls.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly app: AppView; readonly keyId: string; readonly onClose: () => void }

/** The same key with a new secret (C15); the old one is refused at once, and the answer shows where already (C17). */
export function RegenerateKey({ app, keyId, onClose }: Props) {
  const [made, setMade] = useState<RevealAnswer | null>(null)
  if (made) return <RevealSecret answer={made} onDone={onClose} />
  return (
    <ConfirmChange
      title={t('regenerateTitle', { name: app.name })}
      text={t('regenerateText')}
      submit={t('regenerate')}
      isDangerous
      run={(idempotencyKey) => ask<RevealAnswer>(`POST /apps/${app.id}/regenerate-key`, { body: {}, idempotencyKey })}
      refreshes={['apps', 'keys']}
      done={setMade}
      onClose={onClose}
    >
      <Clients keyId={keyId} />
      <Text size="sm" c="dimmed">
        {t('withoutDowntime')}
      </Text>
    </ConfirmChange>
  )
}

/** Who has to be told, before it happens (A24, C18). */
function Clients({ keyId }: { readonly keyId: string }) {
  const { data, isLoading } = useOne<PageOf<ClientView>>(`/keys/${keyId}/clients`, { days: 30 })
  if (isLoading) return <Loading lines={2} />
  if (!data || data.items.length === 0) return <Text size="sm">{t('regenerateNoClients')}</Text>
  return (
    <div>
      <Text size="sm">{t('regenerateClients')}</Text>
      <List size="sm" mt={4}>
        {data.items.map(({ version, client, address, lastSeenAt }) => (
          <List.Item key={`${version} ${client} ${address}`}>
            {client === '' ? t('unknownProgram') : <Data>{client}</Data>} <Data>{address}</Data>, {t('clientNow')}{' '}
            <Time at={lastSeenAt} />
          </List.Item>
        ))}
      </List>
    </div>
  )
}
