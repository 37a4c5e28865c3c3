import { Args } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { schemaNames, schemaText } from '../schema.ts'
import type { SchemaName } from '../schema.ts'

/** What editors need to know of the two files. */
export default class Schema extends BaseCommand {
  static override summary = 'print the JSON Schema of node.yaml or cluster.yaml, for editors'
  static override description =
    'With the options of all backends that are installed here. movip init writes both schemas beside the files and names them in the first line, as yaml-language-server reads it; after an upgrade they can be written anew.'
  static override examples = ['<%= config.bin %> schema node', '<%= config.bin %> schema cluster > /etc/movip/cluster.schema.json']
  static override enableJsonFlag = false
  static override args = {
    file: Args.string({ description: 'file that it describes', options: [...schemaNames], required: true }),
  }

  async run(): Promise<void> {
    const { args } = await this.parse(Schema)
    this.log((await schemaText(args.file as SchemaName)).trimEnd())
  }
}
