import { Anchor, Badge, Group, SimpleGrid, Stack, Table, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Reach, Resource, Role } from '../../src/people/schema.ts'
import { useMay, useSession } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { Status } from '../ui/Data.tsx'
import { Page } from '../ui/Page.tsx'
import { Section } from '../ui/Section.tsx'
import { matrix } from './roles/matrix.data.ts'
import { resourceNames } from './roles/resources.data.ts'
import { resourcesOf } from './roles/resourcesOf.ts'
import { texts } from './roles/texts.data.ts'
import { roles } from './roles.ts'

const t = translator(texts)
const nameOf = translator(resourceNames)

/** What each role is for, and what it may do. */
export const RolesPage = () => (
  <Page title={t('title')} about={t('about')}>
    <FourRoles />
    <Matrix />
  </Page>
)

function FourRoles() {
  const { session } = useSession()
  const may = useMay()
  return (
    <Section
      title={t('fourRoles')}
      actions={
        may('members:read') === 'all' && (
          <Anchor component={Link} to="/people/members" size="sm">
            {t('toMembers')}
          </Anchor>
        )
      }
    >
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }}>
        {roles.map((role) => (
          <Stack key={role} gap={4}>
            <Group gap="xs">
              <Text component="h3" fw={600} size="sm">
                {t(role)}
              </Text>
              {session.member.role === role && <Badge color="green">{t('yours')}</Badge>}
            </Group>
            <Text size="sm" c="dimmed">
              {t(`${role}Text`)}
            </Text>
          </Stack>
        ))}
      </SimpleGrid>
    </Section>
  )
}

/** The own column is what control says of this session, the others what it says of everybody. */
function Matrix() {
  const { me, session } = useSession()
  const may = useMay()
  const own = session.member.role
  const reachOf = (resource: Resource, verb: 'read' | 'write', role: Role): Reach =>
    role === own ? may(`${resource}:${verb}`) : matrix[resource][verb][role]
  return (
    <Section title={t('matrix')}>
      <Text size="sm" c="dimmed">
        {t('matrixText')}
      </Text>
      {me?.operator && <Text size="sm">{t('operatorToo')}</Text>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <div className="table-scroll" tabIndex={0}>
        <Table aria-label={t('matrix')} verticalSpacing={6} maw={900} className="matrix">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('resource')}</Table.Th>
              {roles.map((role) => (
                <Table.Th key={role}>{role === own ? t('yourColumn', { role: t(role) }) : t(role)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {resourcesOf(matrix).map((resource) => (
              <Table.Tr key={resource}>
                <Table.Th scope="row" fw={400}>
                  {nameOf(resource)}
                </Table.Th>
                {roles.map((role) => (
                  <Table.Td key={role} data-own={role === own || undefined}>
                    <What read={reachOf(resource, 'read', role)} write={reachOf(resource, 'write', role)} />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </Section>
  )
}

type Reaches = { readonly read: Reach; readonly write: Reach }

const What = ({ read, write }: Reaches) => {
  if (read === 'none')
    return (
      <Text size="sm" c="dimmed">
        {t('nothing')}
      </Text>
    )
  if (write === 'none') return <Status kind="over">{t(read === 'all' ? 'seesAll' : 'seesOwn')}</Status>
  if (write === 'own') return <Status kind="plain">{t(read === 'all' ? 'seesAllChangesOwn' : 'changesOwn')}</Status>
  return <Status kind="good">{t('changesAll')}</Status>
}
