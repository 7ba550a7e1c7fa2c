// Starts the page on which integrators try the public API.
window.addEventListener('load', () => {
  window.SwaggerUIBundle({
    url: '/openapi.json',
    dom_id: '#api',
    deepLinking: true,
    // Nothing is asked of anybody else's validator.
    validatorUrl: null,
    supportedSubmitMethods: ['get', 'post'],
  });
});
