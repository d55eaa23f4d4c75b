import { Text } from '@mantine/core'
import type { Snippet } from '../../src/clients/schema.ts'
import { translator } from '../texts.ts'
import { CopyButton, Id } from '../ui/Data.tsx'
import { Section } from '../ui/Section.tsx'
import { useOne } from '../ui/useCalls.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** REST names the address of the gateway in the settings for clients, and nowhere else. */
const originIn = (text: string): string | null => /https?:\/\/[A-Za-z0-9.:[\]-]+/.exec(text)?.[0] ?? null

export function Addresses() {
  const { data, isLoading } = useOne<Snippet>('/clients/curl/snippet')
  const origin = data ? originIn(data.text) : null
  return (
    <Section title={t('address')}>
      {origin === null && !isLoading && <Text size="sm">{t('noAddress')}</Text>}
      {origin !== null && (
        <>
          <Text size="sm" c="dimmed">
            {t('addressAbout')}
          </Text>
          <dl className="facts addresses">
            <Address name={t('mcpAddress')} address={`${origin}/mcp`} />
            <Address name={t('openaiAddress')} address={`${origin}/v1`} />
            <Address name={t('anthropicAddress')} address={`${origin}/anthropic`} />
          </dl>
        </>
      )}
    </Section>
  )
}

const Address = ({ name, address }: { readonly name: string; readonly address: string }) => (
  <>
    <dt>{name}</dt>
    <dd>
      <Id>{address}</Id>
      <CopyButton value={address} label={t('copyAddress', { name })} />
    </dd>
  </>
)
