// The page of the API's description: Swagger UI on our own document.
window.addEventListener("load", () => {
  window.SwaggerUIBundle({
    url: "/api/v1/openapi.json",
    dom_id: "#api",
    deepLinking: true,
    validatorUrl: null,
  });
});
