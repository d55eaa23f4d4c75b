import { Button, Group, List, Stack, Text } from '@mantine/core'
import type { GroupRule, IdentityProviderView } from '../../../src/people/identity-providers/schema.ts'
import { translator } from '../../texts.ts'
import { CopyButton, Data, Id, Status, Time } from '../../ui/Data.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { Loading } from '../../ui/Page.tsx'
import { ErrorNote } from '../../ui/ProblemNote.tsx'
import { useOne } from '../../ui/useCalls.ts'
import { useNames } from '../../ui/useNames.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

export type ProviderVerb = 'test' | 'edit' | 'delete'
type Props = {
  readonly id: string
  readonly onClose: () => void
  /** Missing: it is only looked at. */
  readonly onVerb?: (verb: ProviderVerb, provider: IdentityProviderView) => void
}

/** One identity provider at `?provider=`: everything but its secret. */
export function ProviderDialog({ id, onClose, onVerb }: Props) {
  const { data, error, retry } = useOne<{ identityProvider: IdentityProviderView }>(`/identity-providers/${id}`)
  const provider = data?.identityProvider
  return (
    <Dialog title={provider ? <Data>{provider.name}</Data> : t('title')} onClose={onClose} size="lg">
      <ErrorNote error={error} onRetry={() => void retry()} />
      {!provider && !error && <Loading lines={4} />}
      {provider && (
        <Stack gap="md">
          <ProviderFacts provider={provider} />
          {provider.groups.length > 0 && <Rules groups={provider.groups} />}
          {onVerb && (
            <Group justify="flex-end" gap="xs">
              <Button variant="outline" color="red" onClick={() => onVerb('delete', provider)}>
                {t('delete')}
              </Button>
              <Button variant="default" onClick={() => onVerb('test', provider)}>
                {t('test')}
              </Button>
              <Button onClick={() => onVerb('edit', provider)}>{t('edit')}</Button>
            </Group>
          )}
        </Stack>
      )}
    </Dialog>
  )
}

const Address = ({ url, label }: { readonly url: string; readonly label: string }) => (
  <Group gap={4} wrap="nowrap">
    <Id>{url}</Id>
    <CopyButton value={url} label={label} />
  </Group>
)

const ProviderFacts = ({ provider }: { readonly provider: IdentityProviderView }) => (
  <Facts
    of={[
      [
        t('state'),
        <Status key="state" kind={provider.state === 'active' ? 'good' : 'over'}>
          {t(provider.state)}
        </Status>,
      ],
      [t('redirectUri'), <Address key="redirect" url={provider.redirectUri} label={t('copyRedirectUri')} />],
      [t('signInUrl'), <Address key="sign-in" url={provider.signInUrl} label={t('copySignInUrl')} />],
      [t('issuer'), <Data key="issuer">{provider.issuer}</Data>],
      [t('clientId'), <Data key="client">{provider.clientId}</Data>],
      [t('clientSecret'), provider.hasClientSecret ? t('hasSecret') : t('noSecret')],
      [t('domains'), <Data key="domains">{provider.domains.join(', ')}</Data>],
      [t('scopes'), <Data key="scopes">{provider.scopes.join(' ')}</Data>],
      [t('provisioning'), t(provider.provisioning)],
      [t('defaultRole'), t(provider.defaultRole)],
      [t('secondFactor'), provider.secondFactor ? t('yes') : t('no')],
      [t('operators'), provider.operators ? t('operatorsOn') : t('operatorsOff')],
      [t('created'), <Time key="created" at={provider.createdAt} />],
    ]}
  />
)

function Rules({ groups }: { readonly groups: readonly GroupRule[] }) {
  const { nameOf } = useNames('/teams')
  return (
    <div>
      <Text size="sm" fw={550}>
        {t('groups')}
      </Text>
      <List size="sm">
        {groups.map(({ group, team, role }) => (
          <List.Item key={`${group} ${team} ${role}`}>
            <Data>{group}</Data>
            {' → '}
            {team !== undefined && <Data>{nameOf(team)}</Data>}
            {team !== undefined && role !== undefined && ', '}
            {role !== undefined && t(role)}
          </List.Item>
        ))}
      </List>
    </div>
  )
}
