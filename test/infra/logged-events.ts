import { join } from 'node:path';
import ts from 'typescript';

export interface LoggedEvent {
  readonly level: string;
  readonly fields: ReadonlySet<string>;
}

const levels = new Set(['info', 'warn', 'error']);

/** Every event that the app logs, with the names of its fields, as the compiler sees them. */
export function loggedEvents(project: string): Map<string, LoggedEvent> {
  const configPath = join(project, 'tsconfig.json');
  const { config } = ts.readConfigFile(configPath, (path) => ts.sys.readFile(path)) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, project);
  const files = ['functions', 'shared'].flatMap((folder) => ts.sys.readDirectory(join(project, folder), ['.ts']));
  const program = ts.createProgram(files, options);
  const checker = program.getTypeChecker();
  const events = new Map<string, LoggedEvent>();

  const note = (call: ts.CallExpression, level: string): void => {
    const [name, fields] = call.arguments;
    if (name === undefined || !ts.isStringLiteral(name)) return;
    const type = fields && checker.getTypeAtLocation(fields);
    const names = (type?.isUnion() ? type.types : [type]).flatMap((one) => one?.getProperties() ?? []);
    const known = events.get(name.text);
    events.set(name.text, {
      level: [...new Set([...(known?.level.split(' or ') ?? []), level])].join(' or '),
      fields: new Set([...(known?.fields ?? []), ...names.map((property) => property.name)]),
    });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { name, expression } = node.expression;
      const logs = /\blog$|Log$|functionLog\(/i.test(expression.getText());
      if (levels.has(name.text) && logs) note(node, name.text);
    }
    ts.forEachChild(node, visit);
  };
  for (const file of program.getSourceFiles()) if (!file.isDeclarationFile) visit(file);
  return events;
}
