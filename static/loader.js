/**
 * Finds the widgets of a host page and brings what each one needs, when it is near or touched.
 *
 *   <script async src="https://v.example.gov.co/loader.js" data-site="tenjo"></script>
 *
 * A classic script, since a CMS strips `type=module` and `document.currentScript` tells it its site and its server.
 * It keeps nothing, reads no cookie and throws nothing into the page: when something fails, the link inside the tag stays.
 * The server puts the release in the place of the word below.
 */
(function (win, doc) {
  'use strict';
  var release = '__RELEASE__'; // {digest, dir, widgets: {name: {needs: [library], eager: boolean}}}
  var script = doc.currentScript || doc.querySelector('script[data-site][src*="/loader.js"]');
  var early = win.ventanilla || {};
  if (early.base || !script) return; // Twice in a page is a webmaster's right: the first one serves.

  var site = script.getAttribute('data-site');
  // A page that pins the release names it in the address: our files still stand at the root.
  var base = new URL('.', script.src).href.replace(/assets\/\w+\/$/, '');
  var lang = /^en/i.test(script.getAttribute('data-lang') || doc.documentElement.lang) ? 'en' : 'es';
  var names = Object.keys(release.widgets);
  var selector = names.map(function (name) { return 'ventanilla-' + name; }).join() + ',[data-ventanilla]';
  var boots = {};
  var arrivals = {};
  var seen = new WeakSet();
  var begun = false;

  function warn(error) {
    if (win.console) console.warn('Ventanilla:', error);
  }

  /** The element's widget, or undefined for a tag or twin that this server does not know. */
  function nameOf(element) {
    var name = element.getAttribute('data-ventanilla') || element.localName.slice(11);
    return release.widgets[name] && name;
  }

  /** Import a built module of this release: `pqr`, `pqr.track`, `kit`. */
  function load(module) {
    return import(base + 'assets/' + release.digest + '/' + release.dir + '/' + module + '.' + lang + '.js');
  }

  /** Ask once a page for the options of every widget on it; one that comes later is asked for by itself. */
  function boot(name) {
    if (!boots[name]) {
      var wanted = [name];
      doc.querySelectorAll(selector).forEach(function (element) {
        var other = nameOf(element);
        if (other && !boots[other] && wanted.indexOf(other) < 0) wanted.push(other);
      });
      var answer = fetch(base + 'api/' + site + '/boot?w=' + wanted.sort().join() + '&lang=' + lang, {credentials: 'omit'})
        .then(function (response) { return response.ok ? response.json() : Promise.reject(response.status); })
        // A refusal carries no CORS header, so a browser does not even tell its number: the likely reason is said.
        .catch(function (error) {
          throw new Error(error + '. Is ' + location.origin + ' among the origins of the site ' + site + '?');
        });
      wanted.forEach(function (other) { boots[other] = answer; });
      answer.catch(function () { wanted.forEach(function (other) { delete boots[other]; }); });
    }
    return boots[name].then(function (answer) {
      return {site: answer.site, widget: answer.widgets[name] || {enabled: false}};
    });
  }

  /** Bring a widget: its options, its libraries and itself at the same time, so that nothing waits in line. */
  function bring(name) {
    if (!arrivals[name]) {
      arrivals[name] = Promise.all([boot(name)].concat(release.widgets[name].needs.concat(name).map(load)));
      arrivals[name].catch(function (error) {
        delete arrivals[name];
        warn(error);
      });
    }
    return arrivals[name];
  }

  function start(element) {
    var name = nameOf(element);
    if (watcher) watcher.unobserve(element);
    if (name) bring(name).catch(function () {});
  }

  /** A `<div data-ventanilla="pqr">` gets the tag inside, with the div's own content as the fallback. */
  function twin(element, name) {
    var tag = doc.createElement('ventanilla-' + name);
    [].forEach.call(element.attributes, function (attribute) {
      if (/^data-(?!ventanilla)/.test(attribute.name)) tag.setAttribute(attribute.name.slice(5), attribute.value);
    });
    while (element.firstChild) tag.appendChild(element.firstChild);
    element.appendChild(tag);
    return tag;
  }

  function adopt(element) {
    var name = nameOf(element);
    if (!name || seen.has(element)) return;
    seen.add(element);
    if (element.hasAttribute('data-ventanilla')) element = twin(element, name);
    seen.add(element);
    if (release.widgets[name].eager || !watcher) start(element);
    else watcher.observe(element);
  }

  function scan(node) {
    if (node.matches && node.matches(selector)) adopt(node);
    if (node.querySelectorAll) node.querySelectorAll(selector).forEach(adopt);
  }

  function touched(event) {
    begin();
    var element = event.target.closest && event.target.closest(selector);
    if (element) start(element);
  }

  var watcher = win.IntersectionObserver && new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (entry.isIntersecting) start(entry.target);
    });
  }, {rootMargin: '400px'});

  win.ventanilla = {
    base: base, site: site, lang: lang, boot: boot, load: load,
    /** Open a widget from the host's own button: `ventanilla.open('pqr')`. Without its tag here, its page opens. */
    open: function (name) {
      var element = doc.querySelector('ventanilla-' + name);
      if (!element) return Promise.resolve(win.open(base + site + '/' + name));
      return bring(name).then(function () { return element.open(); }).catch(function () {
        // Our server is away: what the page says in the tag is what there is.
        var link = element.querySelector('a');
        if (link) link.focus();
      });
    }
  };

  /** Look for our tags, now and from now on. */
  function begin() {
    if (begun) return;
    begun = true;
    scan(doc);
    new MutationObserver(function (changes) {
      changes.forEach(function (change) { change.addedNodes.forEach(scan); });
    }).observe(doc.documentElement, {childList: true, subtree: true});
  }

  /** Begin when the page stands: what a person came to see is painted before anything of ours is fetched. */
  function beginAfterPaint() {
    if (doc.hidden || !win.PerformanceObserver) return begin(); // Nothing is painted in a tab behind.
    new PerformanceObserver(function (_, observer) {
      observer.disconnect();
      begin();
    }).observe({type: 'paint', buffered: true});
    win.setTimeout(begin, 3000); // A frame out of view may never paint.
  }

  try {
    beginAfterPaint();
    ['focusin', 'pointerover'].forEach(function (type) {
      doc.addEventListener(type, touched, {capture: true, passive: true});
    });
    // What the page asked for before we came: `ventanilla = window.ventanilla || {q: [], open: …}`, in docs/embedding.md.
    (early.q || []).forEach(win.ventanilla.open);
  } catch (error) {
    warn(error);
  }
})(window, document);
