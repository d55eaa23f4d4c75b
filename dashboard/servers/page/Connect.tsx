import { Grid, Stack, Text } from '@mantine/core'
import type { ServerView } from '../../../src/servers/schema.ts'
import { ClientSelect, firstClient } from '../../clients/ClientSelect.tsx'
import { ClientSettings } from '../../clients/ClientSettings.tsx'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { EntityPicker } from '../../ui/EntityPicker.tsx'
import { useUrl } from '../../ui/useUrl.ts'
import { texts } from '../texts.data.ts'

const t = translator(texts)

/** What a client takes to call this server. It names a key; no secret is in it. */
export function Connect({ server }: { readonly server: ServerView }) {
  const [{ client = firstClient, for: key = null }, set] = useUrl()
  const may = useMay()
  return (
    <Grid gap="md">
      <Grid.Col span={{ base: 12, md: 4 }}>
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {t('connectAbout')}
          </Text>
          <ClientSelect value={client} onChange={(chosen) => set({ client: chosen })} />
          {may('keys:read') !== 'none' && (
            <EntityPicker
              path="/keys"
              query={{ server: server.id, status: 'active' }}
              label={t('forKey')}
              description={t('forKeyHint')}
              value={key}
              onChange={(chosen) => set({ for: chosen ?? '' })}
              clearable
            />
          )}
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 8 }}>
        <ClientSettings client={client} server={server.id} keyId={key} />
      </Grid.Col>
    </Grid>
  )
}
