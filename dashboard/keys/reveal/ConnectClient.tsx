import { Group, Select, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { KeyView } from '../../../src/keys/schema.ts'
import { ClientSelect, firstClient } from '../../clients/ClientSelect.tsx'
import { ClientSettings } from '../../clients/ClientSettings.tsx'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { useKeyAccess } from '../access/useKeyAccess.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly keyView: Pick<KeyView, 'id' | 'kind'> }

/** How a client is told of this key: for one server that it reaches, or for all of them. */
export function ConnectClient({ keyView: { id, kind } }: Props) {
  const [client, setClient] = useState(firstClient)
  const [server, setServer] = useState<string | null>(null)
  const { servers } = useKeyAccess(id)
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t('connectAbout')}
      </Text>
      <Group gap="sm" grow>
        <ClientSelect value={client} onChange={setClient} fits={({ sendsHeaders }) => kind === 'url' || sendsHeaders} />
        <Select
          label={t('server')}
          value={server ?? ''}
          onChange={(chosen) => setServer(chosen || null)}
          data={[{ value: '', label: t('allServers') }, ...servers.map((one) => ({ value: one.id, label: one.label }))]}
          renderOption={({ option }) => (option.value === '' ? option.label : <Data>{option.label}</Data>)}
          allowDeselect={false}
          searchable
        />
      </Group>
      <ClientSettings client={client} server={server} keyId={id} />
    </Stack>
  )
}
