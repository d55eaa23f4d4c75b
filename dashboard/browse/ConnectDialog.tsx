import { Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { ClientSelect, firstClient } from '../clients/ClientSelect.tsx'
import { ClientSettings } from '../clients/ClientSettings.tsx'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { EntityPicker } from '../ui/EntityPicker.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  /** Missing: all servers of a key. */
  readonly server?: { readonly id: string; readonly name: string }
  readonly onClose: () => void
}

/** How a client is told where the gateway is. Nothing here holds a secret. */
export function ConnectDialog({ server, onClose }: Props) {
  const hasKeys = useMay()('keys:read') !== 'none'
  const [client, setClient] = useState(firstClient)
  const [key, setKey] = useState<string | null>(null)
  return (
    <Dialog
      title={server ? t('connectTitle', { name: server.name }) : t('connectAllTitle')}
      size="lg"
      onClose={onClose}
    >
      <Stack gap="md">
        <Text size="sm">{t('connectAbout')}</Text>
        <ClientSelect value={client} onChange={setClient} />
        {hasKeys && (
          <EntityPicker
            path="/keys"
            query={{ owner: 'me' }}
            label={t('key')}
            description={t('keyHint')}
            placeholder={t('anyKey')}
            clearable
            value={key}
            onChange={setKey}
          />
        )}
        <ClientSettings client={client} server={server?.id ?? null} keyId={key} />
      </Stack>
    </Dialog>
  )
}
