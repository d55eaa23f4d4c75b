import { Alert, List, Text, ThemeIcon } from '@mantine/core'
import { IconCheck, IconCircleCheck, IconCircleX, IconX } from '@tabler/icons-react'
import type { Explanation } from '../../../src/access/schema.ts'
import { translator } from '../../texts.ts'
import { Data, Id } from '../../ui/Data.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** Yes or no, the rule that decided, and every check in its order. */
export function ExplanationNote({ explanation }: { readonly explanation: Explanation }) {
  const { allowed, code, rule, revision, reason, trace } = explanation
  return (
    <Alert
      color={allowed ? 'green' : 'red'}
      icon={allowed ? <IconCircleCheck size={20} /> : <IconCircleX size={20} />}
      title={allowed ? t('allowed') : t('refused')}
      role="status"
    >
      {reason && (
        <Text size="sm">
          <Data>{reason}</Data>
        </Text>
      )}
      {code && (
        <Text size="sm" component="div">
          {t('code')} <Id>{code}</Id> {t('rule')} <Id>{rule ?? ''}</Id>{' '}
          {revision !== null && t('revision', { n: revision })}
        </Text>
      )}
      <Text size="sm" fw={600} mt="xs">
        {t('checks')}
      </Text>
      <List size="sm" spacing={2} center>
        {trace.map(({ check, passed, code: of }) => (
          <List.Item key={check} icon={<Mark passed={passed} />}>
            <Data>{of === null ? check : `${check}: ${of}`}</Data>
          </List.Item>
        ))}
      </List>
    </Alert>
  )
}

const Mark = ({ passed }: { readonly passed: boolean }) => (
  <ThemeIcon
    size={18}
    radius="xl"
    variant="light"
    color={passed ? 'green' : 'red'}
    role="img"
    aria-label={passed ? t('passed') : t('failed')}
  >
    {passed ? <IconCheck size={12} /> : <IconX size={12} />}
  </ThemeIcon>
)
