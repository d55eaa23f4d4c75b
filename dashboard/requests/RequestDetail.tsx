import { Alert, Button, Code, Group, Stack, Text, Title } from '@mantine/core'
import { IconHelpCircle } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { problems } from '../../src/problems.ts'
import type { RequestView } from '../../src/requests/schema.ts'
import type { Refs } from '../api.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { CopyableId } from '../ui/CopyableId.tsx'
import { Count, Data, Id } from '../ui/Data.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Usd } from '../ui/Usd.tsx'
import { OutcomeBadge } from './OutcomeBadge.tsx'
import { remedies } from './remedies.data.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)
const remedy = translator(remedies)

type Props = { readonly call: RequestView; readonly refs: Refs; readonly onClose: () => void }

/** One call, with everything that is known of it, and what helps where it was refused. */
export function RequestDetail({ call, refs, onClose }: Props) {
  return (
    <Dialog title={t('detailTitle')} size="lg" onClose={onClose}>
      <Stack gap="md">
        <Group gap="sm">
          <OutcomeBadge call={call} />
          <Text size="sm" c="dimmed" translate="no">
            {new Date(call.at).toLocaleString()}
          </Text>
        </Group>
        <WayOut call={call} />
        <What call={call} refs={refs} />
        <HowMuch call={call} />
        <Who call={call} refs={refs} />
      </Stack>
    </Dialog>
  )
}

/** Shown where a code says that something was wrong. */
function WayOut({ call }: { readonly call: RequestView }) {
  const may = useMay()
  const { code, rule, key, server, tool, provider, model, address } = call
  if (code === null) return null
  const title: string = Object.entries(problems).find(([name]) => name === code)?.[1].title ?? code
  const asked = { key, server, tool, provider, model, address }
  const search = Object.fromEntries(Object.entries(asked).filter(([, value]) => value))
  return (
    <Alert color="yellow" icon={<IconHelpCircle size={20} />} title={<Data>{title}</Data>}>
      {isKnown(code) && <Text size="sm">{remedy(code)}</Text>}
      {rule !== null && (
        <Text size="sm" mt={4}>
          {t('factRule')}: <Id>{rule}</Id>
        </Text>
      )}
      {may('access:read') !== 'none' && (
        <Button
          component={Link}
          to="/activity/explain"
          {...{ search: search as never }}
          size="xs"
          variant="default"
          mt="xs"
        >
          {t('why')}
        </Button>
      )}
    </Alert>
  )
}

const isKnown = (code: string): code is keyof typeof remedies => Object.hasOwn(remedies, code)

const Part = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <section>
    <Title order={3} size="h5" mb={6}>
      {title}
    </Title>
    {children}
  </section>
)

const named = (id: string | null, refs: Refs): ReactNode => id && <Data>{refs[id]?.name ?? id}</Data>
type Fact = readonly [label: string, value: ReactNode] | null
/** What is not known or does not apply is left out. */
const known = (label: string, value: ReactNode): Fact => (value === null || value === '' ? null : [label, value])

function What({ call, refs }: Omit<Props, 'onClose'>) {
  return (
    <Part title={t('sectionWhat')}>
      <Facts
        of={[
          [t('factId'), <CopyableId key="id" id={call.id} label={t('copyId')} />],
          known(t('factServer'), named(call.server, refs)),
          known(t('factTool'), call.tool && <Data>{call.tool}</Data>),
          known(t('factProvider'), named(call.provider, refs)),
          known(t('factModel'), call.model && <Data>{call.model}</Data>),
          known(t('factMethod'), call.method && <Id>{call.method}</Id>),
          [t('factStatus'), call.status === 0 ? t('unknownStatus') : <Id key="status">{String(call.status)}</Id>],
          known(t('factCode'), call.code && <Id>{call.code}</Id>),
        ]}
      />
    </Part>
  )
}

function HowMuch({ call }: { readonly call: RequestView }) {
  const { admitted, tokens, costUsd, latencyMs, firstByteMs } = call
  const count = (label: string, n: number | undefined): Fact => (n ? [label, <Count key={label} n={n} />] : null)
  return (
    <Part title={t('sectionCost')}>
      <Facts
        of={[
          count(t('factInput'), tokens?.input),
          tokens && [
            t('factOutput'),
            <span key="out">
              <Count n={tokens.output} /> {tokens.estimated && `(${t('estimated')})`}
            </span>,
          ],
          count(t('factCached'), tokens?.cached),
          count(t('factCacheWrite'), tokens?.cacheWrite),
          count(t('factReasoning'), tokens?.reasoning),
          admitted ? [t('factCost'), costUsd === null ? t('noPrice') : <Usd key="cost" usd={costUsd} />] : null,
          [t('factLatency'), t('ms', { n: latencyMs })],
          firstByteMs === null ? null : [t('factFirstByte'), t('ms', { n: firstByteMs })],
        ]}
      />
    </Part>
  )
}

function Who({ call, refs }: Omit<Props, 'onClose'>) {
  const { key, keyName, secretVersion, child, owner, project, address, client, gateway, metadata } = call
  const hasMetadata = Object.keys(metadata).length > 0
  return (
    <Part title={t('sectionWho')}>
      <Facts
        of={[
          [
            t('factKey'),
            <Link key="key" to={`/configuration/api-keys/${key}`} className="link">
              <Data>{keyName}</Data>
            </Link>,
          ],
          [t('factVersion'), secretVersion === 0 ? t('noVersion') : <Count key="version" n={secretVersion} />],
          known(t('factChild'), child && <Id>{child}</Id>),
          [t('factOwner'), named(owner.id, refs)],
          known(t('factProject'), named(project, refs)),
          [t('factAddress'), <Id key="address">{address}</Id>],
          [t('factClient'), client === '' ? t('unknown') : <Data key="client">{client}</Data>],
          [t('factGateway'), named(gateway, refs)],
          hasMetadata
            ? [
                t('factMetadata'),
                <Code key="metadata" block translate="no">
                  {JSON.stringify(metadata, null, 2)}
                </Code>,
              ]
            : null,
        ]}
      />
    </Part>
  )
}
