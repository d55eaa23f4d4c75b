import { Badge, Group, Stack, Text } from '@mantine/core'
import { translator } from '../texts.ts'
import type { Tool } from './answers.ts'
import { written } from './hidden-characters.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** Tools at a glance; their descriptions stand on the page of the server. */
export const ToolNames = ({ tools }: { readonly tools: readonly Tool[] }) => (
  <Stack gap={6}>
    <Text size="sm" fw={600}>
      {t('toolCount', { n: tools.length })}
    </Text>
    <Group gap={6}>
      {tools.map(({ name }) => (
        <Badge key={name} color="gray" translate="no" maw="100%">
          {written(name)}
        </Badge>
      ))}
    </Group>
  </Stack>
)
