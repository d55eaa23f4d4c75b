import { Button, Card, Group, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import type { AppView } from '../../src/apps/schema.ts'
import { translator } from '../texts.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

export type AppAction = 'edit' | 'tools' | 'clone' | 'regenerate' | 'delete'
type Props = { readonly app: AppView; readonly onAct: (action: AppAction) => void }

/** What is changed seldom, and what cannot be taken back. */
export const AppSettings = ({ app, onAct }: Props) => (
  <Stack gap="md">
    <Setting title={t('nameAndOwner')} text={t('nameAndOwnerAbout')}>
      <Button variant="default" onClick={() => onAct('edit')}>
        {t('edit')}
      </Button>
    </Setting>
    {app.key !== null && (
      <Setting title={t('regenerate')} text={t('regenerateAbout')}>
        <Button variant="outline" color="red" onClick={() => onAct('regenerate')}>
          {t('regenerate')}
        </Button>
      </Setting>
    )}
    <Setting title={t('delete')} text={t('deleteAbout')}>
      <Button color="red" onClick={() => onAct('delete')}>
        {t('delete')}
      </Button>
    </Setting>
  </Stack>
)

type SettingProps = { readonly title: string; readonly text: string; readonly children: ReactNode }
const Setting = ({ title, text, children }: SettingProps) => (
  <Card withBorder component="section" aria-label={title}>
    <Group justify="space-between" gap="sm">
      <div>
        <Title order={2} size="h4">
          {title}
        </Title>
        <Text size="sm" c="dimmed" maw="60ch">
          {text}
        </Text>
      </div>
      {children}
    </Group>
  </Card>
)
