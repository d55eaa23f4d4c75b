import { Grid, Stack } from '@mantine/core'
import type { ProviderView } from '../../../src/providers/schema.ts'
import { translator } from '../../texts.ts'
import { CopyableId } from '../../ui/CopyableId.tsx'
import { Data, Id, Time } from '../../ui/Data.tsx'
import { type Fact, Facts } from '../../ui/Facts.tsx'
import { ManagedNote } from '../../ui/Managed.tsx'
import { Section } from '../../ui/Section.tsx'
import { CredentialSection } from '../../upstreams/CredentialSection.tsx'
import { DeleteOrRelease } from '../../upstreams/DeleteOrRelease.tsx'
import { Health } from '../../upstreams/Health.tsx'
import { timeoutFacts } from '../../upstreams/timeoutFacts.tsx'
import type { OneProvider, Refs } from '../answers.ts'
import { ProviderState } from '../ProviderState.tsx'
import { texts } from '../texts.data.ts'

const t = translator(texts)

export function Overview({ provider, refs }: OneProvider) {
  const { managedBy, credential, state } = provider
  return (
    <Grid gap="md">
      {managedBy !== null && (
        <Grid.Col span={12}>
          <ManagedNote by={managedBy} />
        </Grid.Col>
      )}
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Section title={t('facts')}>
          <Facts of={factsOf(provider, refs)} />
        </Section>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Stack gap="md">
          <Section title={t('healthTitle')}>
            <Health
              of={provider}
              badge={<ProviderState state={state} />}
              isReady={state === 'ready'}
              about={t('healthAbout')}
            />
          </Section>
          <CredentialSection
            kind="providers"
            of={provider}
            isSet={credential !== null}
            said={t(credential === null ? 'noCredential' : 'isSet')}
          />
        </Stack>
      </Grid.Col>
      <Grid.Col span={12}>
        <DeleteOrRelease kind="providers" of={provider} label={t('dangerTitle')} />
      </Grid.Col>
    </Grid>
  )
}

function factsOf(provider: ProviderView, refs: Refs): Fact[] {
  const { id, slug, project, preset, dialect, baseUrl, auth, retries, timeouts, createdAt } = provider
  return [
    [t('slug'), <Id key="s">{slug}</Id>],
    [t('project'), <Data key="p">{refs[project]?.name ?? project}</Data>],
    [t('preset'), t(preset ?? 'own')],
    [t('dialect'), t(dialect === 'openai' ? 'speaksOpenai' : 'speaksAnthropic')],
    [t('address'), <Data key="u">{baseUrl}</Data>],
    [t('auth'), t(auth)],
    [t('retries'), <Data key="r">{retries}</Data>],
    ...timeoutFacts(timeouts),
    [t('created'), <Time key="t" at={createdAt} />],
    [t('id'), <CopyableId key="i" id={id} label={t('copyId')} />],
  ]
}
