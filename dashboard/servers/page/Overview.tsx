import { Code, Grid, Stack, Text, Title } from '@mantine/core'
import type { ServerView } from '../../../src/servers/schema.ts'
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
import type { Look, Refs } from '../answers.ts'
import { LookTable } from '../LookTable.tsx'
import { ServerState } from '../ServerState.tsx'
import { texts } from '../texts.data.ts'

const t = translator(texts)

type Props = {
  readonly server: ServerView
  readonly refs: Refs
  /** Null: nobody has asked them on this page. */
  readonly looks: readonly Look[] | null
  readonly isLooking: boolean
}

export function Overview({ server, refs, looks, isLooking }: Props) {
  const { managedBy, state } = server
  return (
    <Grid gap="md">
      {managedBy !== null && (
        <Grid.Col span={12}>
          <ManagedNote by={managedBy} />
        </Grid.Col>
      )}
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Stack gap="md">
          <Section title={t('facts')}>
            <Facts of={factsOf(server, refs)} />
          </Section>
          <HttpCredential server={server} />
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Section title={t('healthTitle')}>
          <Health
            of={server}
            badge={<ServerState state={state} />}
            isReady={state === 'ready'}
            about={t('healthAbout')}
          />
          <Title order={3} size="h6" mt="md">
            {t('perGatewayTitle')}
          </Title>
          {looks ? (
            <LookTable looks={looks} />
          ) : (
            <Text size="sm" c="dimmed" role="status">
              {t(isLooking ? 'testing' : 'perGatewayEmpty')}
            </Text>
          )}
        </Section>
      </Grid.Col>
      <Grid.Col span={12}>
        <DeleteOrRelease kind="servers" of={server} label={t('dangerTitle')} />
      </Grid.Col>
    </Grid>
  )
}

function factsOf({ id, slug, project, transport, perGateway, timeouts, createdAt }: ServerView, refs: Refs): Fact[] {
  const place: Fact[] =
    transport.type === 'stdio'
      ? [
          [t('command'), <Code key="c">{transport.command}</Code>],
          [
            t('arguments'),
            <Code key="a" block translate="no">
              {(transport.args ?? []).join('\n') || ' '}
            </Code>,
          ],
          [t('variables'), <Variables key="v" names={Object.keys(transport.env ?? {})} />],
          [t('runs'), t(perGateway ? 'runsPerGateway' : 'runsShared')],
        ]
      : [[t('address'), <Data key="u">{transport.url}</Data>]]
  return [
    [t('slug'), <Id key="s">{slug}</Id>],
    [t('project'), <Data key="p">{refs[project]?.name ?? project}</Data>],
    [t('kind'), t(transport.type)],
    ...place,
    ...timeoutFacts(timeouts),
    [t('created'), <Time key="t" at={createdAt} />],
    [t('id'), <CopyableId key="i" id={id} label={t('copyId')} />],
  ]
}

const Variables = ({ names }: { readonly names: readonly string[] }) =>
  names.length === 0 ? (
    <Text size="sm" c="dimmed" component="span">
      {t('noCredential')}
    </Text>
  ) : (
    names.map((name) => (
      <div key={name}>
        <Id>{name}</Id> {t('isSet')}
      </div>
    ))
  )

/** Secrets of a command are its variables, so only what is reached over HTTP has a credential. */
const HttpCredential = ({ server }: { readonly server: ServerView }) =>
  server.transport.type !== 'stdio' && (
    <CredentialSection
      kind="servers"
      of={server}
      isSet={server.credential !== null}
      said={server.credential ? t('credentialSet', { name: server.credential.name }) : t('noCredential')}
    />
  )
