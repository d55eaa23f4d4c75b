import { Alert, Text } from '@mantine/core'
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react'
import type { ProviderLook } from '../../../src/people/identity-providers/schema.ts'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

const word = (is: boolean) => (is ? t('yes') : t('no'))
const address = (url: string | null) => (url === null ? t('no') : <Data>{url}</Data>)

/** What the provider says of itself. Its words are text. */
export function LookNote({ look }: { readonly look: ProviderLook }) {
  return (
    <>
      <Alert
        role="status"
        color={look.works ? 'green' : 'red'}
        icon={look.works ? <IconCheck size={20} /> : <IconAlertTriangle size={20} />}
        title={look.works ? t('works') : t('worksNot')}
      >
        <Text size="sm" c="var(--mantine-color-text)">
          <Data>{look.detail}</Data>
        </Text>
      </Alert>
      {look.works && (
        <Facts
          of={[
            [t('authorizationEndpoint'), address(look.authorizationEndpoint)],
            [t('tokenEndpoint'), address(look.tokenEndpoint)],
            [t('takesPkce'), word(look.takesPkce)],
            [t('namesItself'), word(look.namesItself)],
            [t('endsSessions'), word(look.endsSessions)],
          ]}
        />
      )}
      {look.missingTeams.length > 0 && (
        <Text size="sm">{t('missingTeams', { teams: look.missingTeams.join(', ') })}</Text>
      )}
    </>
  )
}
