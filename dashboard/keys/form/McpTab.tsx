import { Alert, Stack, Text, Textarea } from '@mantine/core'
import { AccessFields } from './AccessFields.tsx'
import { t, useDesk } from './desk.ts'
import { NamesField } from './NamesField.tsx'
import { SwitchField } from './SwitchField.tsx'
import { ToolFields } from './ToolFields.tsx'
import { ToolsDefaultField } from './ToolsDefaultField.tsx'

/** Which servers, and which of their tools. */
export function McpTab() {
  const { form } = useDesk()
  const { mcp, access } = form.values
  return (
    <Stack gap="md">
      <ProjectsField />
      <SwitchField name="mcp" label={t('mcpEnabled')} description={t('mcpHint')} />
      {mcp && <AccessFields />}
      {mcp && access !== null && access !== 'none' && (
        <>
          <ToolFields />
          {access !== 'only' && <ToolsDefaultField />}
        </>
      )}
    </Stack>
  )
}

function ProjectsField() {
  const { form, projects, refs, isNew } = useDesk()
  const { projects: chosen, ownerType } = form.values
  if (ownerType === 'app')
    return isNew ? (
      <Text size="sm" c="dimmed">
        {t('appHint')}
      </Text>
    ) : null
  return (
    <Stack gap="xs">
      <NamesField
        label={t('projects')}
        description={t('projectsHint')}
        options={projects.map(({ id, name, slug }) => ({ value: id, label: name, also: slug }))}
        value={chosen}
        onChange={(list) => form.setFieldValue('projects', list)}
        nameOf={(id) => refs[id]?.name}
        error={form.errors['projects']}
      />
      {chosen.length === 0 && <Alert color="yellow">{t('noProject')}</Alert>}
      <MixtureField />
    </Stack>
  )
}

/** Projects of different tiers in one key: refused, or with a reason that stands in the key. */
function MixtureField() {
  const { form, projects, rules } = useDesk()
  const chosen = projects.filter(({ id }) => form.values.projects.includes(id))
  const isMixed = new Set(chosen.map(({ tier }) => tier)).size > 1
  if (!isMixed && !form.errors['mixedEnvironments']) return null
  if (rules.mixed === 'refused') return <Alert color="yellow">{t('mixedRefused')}</Alert>
  return (
    <Textarea
      label={t('mixedEnvironments')}
      description={t('mixedHint')}
      rows={2}
      translate="no"
      maxLength={2000}
      required
      {...form.getInputProps('mixedEnvironments')}
    />
  )
}
