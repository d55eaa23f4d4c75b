import { Anchor, Group, Text, ThemeIcon } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { translator } from '../texts.ts'
import { Loading } from '../ui/Page.tsx'
import { Section } from '../ui/Section.tsx'
import { texts } from './texts.data.ts'
import { type Concern, useConcerns } from './useConcerns.ts'

const t = translator(texts)

export function Attention() {
  const { concerns, isLoading } = useConcerns()
  return (
    <Section title={t('attention')}>
      {isLoading ? (
        <Loading lines={2} />
      ) : concerns.length === 0 ? (
        <Group gap="xs" wrap="nowrap">
          <IconCircleCheck size={20} aria-hidden />
          <Text size="sm">{t('nothing')}</Text>
        </Group>
      ) : (
        <ul className="plain-list">
          {concerns.map((concern) => (
            <Line key={concern.id} concern={concern} />
          ))}
        </ul>
      )}
    </Section>
  )
}

const Line = ({ concern: { id, n, to, search } }: { readonly concern: Concern }) => (
  <li>
    <Group gap="xs" wrap="nowrap">
      <ThemeIcon size="sm" variant="light" color="yellow" aria-hidden>
        <IconAlertTriangle size={14} />
      </ThemeIcon>
      <Anchor component={Link} to={to} fz="sm" {...{ search: search as never }}>
        {t(`attention.${id}`, { n })}
      </Anchor>
    </Group>
  </li>
)
