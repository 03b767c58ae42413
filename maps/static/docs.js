// The page of the API's description: Swagger UI on our own document.
window.addEventListener("load", () => {
  window.SwaggerUIBundle({
    url: "/api/v1/openapi.json",
    dom_id: "#api",
    deepLinking: true,
    // All open at once, Swagger UI 5.35 draws the first groups of more than 120 addresses only.
    docExpansion: "none",
    validatorUrl: null,
  });
});
