import { Badge, Button, Card, Group, SimpleGrid, Stack, Text, Title, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPlugConnected } from '@tabler/icons-react'
import { type ReactNode, useId } from 'react'
import { translator } from '../texts.ts'
import { Data, Id, Status, Time } from '../ui/Data.tsx'
import { Facts } from '../ui/Facts.tsx'
import type { CatalogProvider, CatalogServer } from './matching.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

export type Refs = Readonly<Record<string, { readonly name: string }>>

export const Cards = ({ children }: { readonly children: ReactNode }) => (
  <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} component="ul" className="browse-cards">
    {children}
  </SimpleGrid>
)

const states = { ready: 'good', unreachable: 'bad', starting: 'waiting' } as const

type ServerProps = { readonly server: CatalogServer; readonly refs: Refs; readonly onConnect: () => void }
export function ServerCard({ server, refs, onConnect }: ServerProps) {
  const { name, slug, state, tools } = server
  return (
    <Card withBorder component="li">
      <Stack gap="sm" h="100%">
        <Head name={name} slug={slug} badge={<Status kind={states[state]}>{t(state)}</Status>} />
        <About of={server} refs={refs} />
        {tools === null ? (
          <Text size="sm" c="dimmed">
            {t('unknownTools')}
          </Text>
        ) : (
          <Listed said={t('toolsCount', { n: tools.length })} of={name} items={tools} />
        )}
        <Group mt="auto">
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlugConnected size={14} />}
            aria-label={t('connectTo', { name })}
            onClick={onConnect}
          >
            {t('connect')}
          </Button>
        </Group>
      </Stack>
    </Card>
  )
}

export function ProviderCard({ provider, refs }: { readonly provider: CatalogProvider; readonly refs: Refs }) {
  const { name, slug, models } = provider
  return (
    <Card withBorder component="li">
      <Stack gap="sm">
        <Head name={name} slug={slug} />
        <About of={provider} refs={refs} />
        <Listed
          said={t('modelsCount', { n: models.length })}
          of={name}
          items={models.map(({ id, aliases = [] }) => ({ name: [id, ...aliases].join(', ') }))}
        />
      </Stack>
    </Card>
  )
}

type HeadProps = { readonly name: string; readonly slug: string; readonly badge?: ReactNode }
const Head = ({ name, slug, badge }: HeadProps) => (
  <Group justify="space-between" align="flex-start" wrap="nowrap">
    <div>
      <Title order={3} size="h5">
        <Data>{name}</Data>
      </Title>
      <Id>{slug}</Id>
    </div>
    {badge}
  </Group>
)

function About({ of, refs }: { readonly of: CatalogServer | CatalogProvider; readonly refs: Refs }) {
  const { project, owner, catalogs, grants = [] } = of
  const nameOf = (id: string) => refs[id]?.name ?? id
  return (
    <>
      <Facts
        of={[
          [t('project'), <Data key="project">{nameOf(project)}</Data>],
          [t('owner'), owner ? <Data key="owner">{owner.name}</Data> : t('nobody')],
          catalogs.length > 0 ? [t('catalogs'), <Data key="catalogs">{catalogs.map(nameOf).join(', ')}</Data>] : null,
        ]}
      />
      {grants.map(({ request, until }) => (
        <Badge key={request} color="green">
          {until === null ? (
            t('granted')
          ) : (
            <>
              {t('grantedUntil')} <Time at={until} />
            </>
          )}
        </Badge>
      ))}
    </>
  )
}

type Item = { readonly name: string; readonly description?: string | undefined }
type ListedProps = { readonly said: string; readonly of: string; readonly items: readonly Item[] }
function Listed({ said, of, items }: ListedProps) {
  const [isOpen, { toggle }] = useDisclosure()
  const id = useId()
  if (items.length === 0) return <Text size="sm">{said}</Text>
  const word = isOpen ? t('hide') : t('seen')
  return (
    <div>
      <Group gap="sm">
        <Text size="sm">{said}</Text>
        <UnstyledButton
          className="link"
          fz="sm"
          aria-expanded={isOpen}
          aria-controls={id}
          aria-label={t(isOpen ? 'hideOf' : 'seenOf', { name: of })}
          onClick={toggle}
        >
          {word}
        </UnstyledButton>
      </Group>
      <ul className="plain-list" id={id} hidden={!isOpen}>
        {items.map(({ name, description }) => (
          <li key={name}>
            <Id>{name}</Id>
            {description && (
              <Text size="xs" c="dimmed" lineClamp={2}>
                <Data>{description}</Data>
              </Text>
            )}
          </li>
        ))}
      </ul>
    </div>
  )
}
