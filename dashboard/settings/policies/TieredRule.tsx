import { Stack, Switch, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { translator } from '../../texts.ts'
import type { Tiered } from './draft.ts'
import { useEditing, useRule } from './Editing.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly name: Tiered; readonly title: string; readonly children: ReactNode }

/** At a tier, a policy is the organization's until a rule of its own is switched on. */
export function TieredRule({ name, title, children }: Props) {
  const { place } = useEditing()
  const { isOwn, value, set, inherit } = useRule(name)
  if (place === 'organization') return children
  return (
    <Stack gap="xs" className="tiered">
      <div>
        <Text size="sm" fw={600}>
          {title}
        </Text>
        <Switch
          size="sm"
          mt={4}
          label={t('ownRule')}
          aria-label={`${t('ownRule')}: ${title}`}
          checked={isOwn}
          onChange={({ currentTarget: { checked } }) => (checked ? set(value) : inherit())}
        />
      </div>
      {isOwn ? (
        children
      ) : (
        <Text size="sm" c="dimmed">
          {t('asOrganization')}
        </Text>
      )}
    </Stack>
  )
}
