# make serve   сайт с живой перезагрузкой: http://127.0.0.1:8000
# make teach   тот же сайт с заметками преподавателя и решениями: http://127.0.0.1:8001
# make test    вся проверка: стиль, тесты, браузер, чужие программы, root
# make build   сайт в site/, любое предупреждение — ошибка
# make offline сайт в lecture.zip: открывается с диска, поиск тоже
# make class   сайт всему классу по местной сети; говорит, что написать на доске
# make flags   практика: сервер на 13000 с табло; свои ключи: make flags ARGS="--minutes 40"
# make lint    стиль, типы и файлы GitHub Actions
# make record  заново записать прогоны программ
# make cards   заново нарисовать карточки страниц
# make bench   заново измерить скорость; сервер флагов отдельно и долго: make bench-flags;
#              программы на странице: make bench-browser
# make lock    обновить запертые версии в requirements/
#
# Другой Python: make serve PYTHON=python3.13 VENV=.venv-3.13; другой порт: make class PORT=8080

.PHONY: serve teach build offline class flags test lint record cards bench bench-flags bench-browser lock clean

VENV ?= .venv

# Первый найденный Python не старше 3.11. Запуск, а не поиск в PATH: заглушка pyenv
# есть в PATH и тогда, когда такой версии нет.
PYTHON ?= $(shell for python in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$python" && break; done)

# Четыре окружения. В первом сайт, pytest и больше ничего: простые тесты обязаны обойтись этим.
# Во втором ещё и всё, чем их проверяют; в третьем — то, чем преподаватель ведёт практику; в
# четвёртом — CPython и редактор для браузера: netlab/pages/run_in_browser.py кладёт их в сайт.
python := $(VENV)/bin/python
tools := $(VENV)-test/bin
pip := -m pip --disable-pip-version-check
browser := .venv-browser

# Material напоминает о своём преемнике при каждой сборке; за этим следит weekly.yml.
export NO_MKDOCS_2_WARNING := 1

serve: $(VENV)/stamp $(browser)/editor.mjs
	$(python) -m mkdocs serve

teach: $(VENV)/stamp $(browser)/editor.mjs
	TEACH=1 $(python) -m mkdocs serve --dev-addr 127.0.0.1:8001

build: $(VENV)/stamp $(browser)/editor.mjs
	$(python) -m mkdocs build --strict

offline: $(VENV)/stamp
	rm -rf offline lecture.zip
	DIRECTORY_URLS=false $(python) -m mkdocs build --strict --site-dir offline/lecture
	cd offline && "$(abspath $(python))" -m zipfile -c ../lecture.zip lecture
	@echo "Готово: lecture.zip. Распакуйте и откройте lecture/index.html двойным щелчком."

# SITE_URL пуст: ссылки страницы 404 считаются от корня, а в корне сайт и стоит.
PORT := 8000
class: $(VENV)/stamp $(browser)/editor.mjs
	SITE_URL= $(python) -m mkdocs build --strict
	@$(python) -m netlab.pages.classroom site --port $(PORT)

flags: $(VENV)-teacher/stamp
	@$(VENV)-teacher/bin/python -m netlab flags serve $(ARGS)

# Последним идёт pytest: последней строкой стоит его итог.
test: $(VENV)/stamp $(VENV)-test/node/stamp $(browser)/editor.mjs
	$(tools)/python tests/proof/foreign_programs.py
	$(MAKE) --no-print-directory lint
	$(python) -m pytest
	$(tools)/python -m pytest --proof tests/proof

lint: $(VENV)-test/stamp
	$(tools)/ruff check .
	$(tools)/ruff format --check netlab tests
	$(tools)/mypy
	$(tools)/actionlint .github/workflows/*.yml
	$(tools)/zizmor --offline --no-progress .github

record: $(VENV)/stamp
	$(python) -m netlab record

cards: $(VENV)/stamp
	$(python) -m netlab.pages.social_cards

bench: $(VENV)-test/node/stamp
	$(tools)/python -m netlab.bench

bench-flags: $(VENV)-test/stamp
	$(tools)/python -m netlab.bench flags

bench-browser: $(VENV)-test/stamp $(browser)/editor.mjs
	$(tools)/python -m netlab.bench browser

$(VENV)/stamp: requirements/site.txt pyproject.toml
$(VENV)-test/stamp: requirements/test.txt pyproject.toml
$(VENV)-teacher/stamp: requirements/teacher.txt pyproject.toml
$(browser)/stamp: requirements/browser.txt pyproject.toml

# Отметка stamp ставится последней: прерванная установка начнётся сначала, удачная не повторится.
# --clear: после смены замка в окружении не остаётся ничего от прежнего.
$(VENV)/stamp $(VENV)-test/stamp $(VENV)-teacher/stamp $(browser)/stamp:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Нужен Python 3.11 или новее, а его не нашлось." \
		"Поставьте его или укажите: make serve PYTHON=/путь/к/python3" >&2; exit 1; }
	@echo "Ставлю $< в $(@D)…"
	@"$(PYTHON)" -m venv --clear $(@D) \
		|| { echo "Python не смог создать окружение." \
		"В Debian и Ubuntu поможет: sudo apt-get install python3-venv" >&2; exit 1; }
	@$(@D)/bin/python $(pip) install --quiet --require-hashes -r $<
	@$(@D)/bin/python $(pip) install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@

# Программы на Node лежат внутри окружения: netlab/node.py ищет их рядом со своим Python.
$(VENV)-test/node/stamp: requirements/node/package-lock.json $(VENV)-test/stamp
$(browser)/node/stamp: requirements/browser/package-lock.json $(browser)/stamp
# Node — своего окружения, а удостоверяющие центры — системы: за посредником он иначе не верит никому.
npm = NODE_USE_SYSTEM_CA=1 $(dir $(@D))bin/npm --loglevel=error
$(VENV)-test/node/stamp $(browser)/node/stamp:
	@echo "Ставлю $< в $(@D)…"
	@mkdir -p $(@D)
	@cp $(<D)/package.json $(<D)/package-lock.json $(<D)/.npmrc $(@D)
	@$(npm) --prefix $(@D) ci > /dev/null
	@touch $@

$(browser)/editor.mjs: netlab/browser/editor/editor.mjs $(browser)/node/stamp
	@NODE_PATH=$(browser)/node/node_modules $(browser)/bin/node \
		$(browser)/node/node_modules/esbuild/bin/esbuild $< --outfile=$@ \
		--bundle --minify --format=esm --legal-comments=eof --log-level=warning

# --universal: один замок на Linux, macOS и Windows и на все Python начиная с 3.11.
compile := $(tools)/uv pip compile --quiet --upgrade --generate-hashes --universal \
	--python-version 3.11 --no-emit-index-url --custom-compile-command "make lock"

lock: $(VENV)-test/stamp
	$(tools)/python $(pip) install --quiet uv
	$(compile) pyproject.toml --extra site requirements/site.in -o requirements/site.txt
	$(compile) --constraint requirements/site.txt pyproject.toml --extra site --extra teacher requirements/test.in -o requirements/test.txt
	$(compile) --constraint requirements/test.txt pyproject.toml --extra teacher requirements/teacher.in -o requirements/teacher.txt
	$(compile) --constraint requirements/test.txt requirements/browser.in -o requirements/browser.txt
	NODE_USE_SYSTEM_CA=1 $(tools)/npm --prefix requirements/node update --package-lock-only
	NODE_USE_SYSTEM_CA=1 $(tools)/npm --prefix requirements/browser update --package-lock-only

clean:
	rm -rf $(VENV) $(VENV)-test $(VENV)-teacher $(browser) site offline lecture.zip
