// Правила html-validate для страниц сайта. Выключено то, чему перечит сам Material, и то, что дело
// вкуса; остальное — ошибка.

export default {
  root: true,
  extends: ["html-validate:recommended", "html-validate:document"],
  rules: {
    // Оформление разметки: её пишут шаблоны, читает браузер.
    "no-trailing-whitespace": "off",
    "doctype-style": "off",

    // Material. Поля __drawer и __search: галочка с autocomplete, чтобы Firefox не помнил её.
    "input-attributes": "off",
    "valid-autocomplete": "off",
    // Material. У кнопок-значков в шапке подпись без слов.
    "input-missing-label": "off",
    // Material. Имена __drawer, __palette_0: HTML их разрешает, не разрешал HTML 4.
    "valid-id": ["error", { relaxed: true }],
    // Material. Выбор темы — форма без кнопки: отправлять её некуда.
    "wcag/h32": "off",
    // Подпись нужна чужим файлам, а своих никто не подменит.
    "require-sri": ["error", { target: "crossorigin" }],
    // Material. У вложенных меню имена повторяются; одинаковые области ищет и axe.
    "unique-landmark": "off",

    // Наше. Без кружков Safari перестаёт считать список списком; role="list" возвращает ему это.
    "no-redundant-role": "off",
    // Наше. Таблица, которая прокручивается внутри себя, — область, но не раздел текста.
    "prefer-native-element": ["error", { exclude: ["region"] }],
  },
};
