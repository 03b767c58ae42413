"""What stands below /arcgis: stored results and records as an ArcGIS FeatureServer that is read.

/arcgis/rest/info, /arcgis/rest/services                 what there is, how one comes in
/arcgis/tokens/generateToken                             a token for a name and its password
/arcgis/rest/services/{service}/FeatureServer            the layers; /layers, /{layer} one of them
/arcgis/rest/services/{service}/FeatureServer/{layer}/query

A service is `landwatch`, of the run that is shown when nobody says which, or `landwatch-12`, of run
12. Faults leave as ArcGIS programs expect them (api.faults_of_arcgis).
"""

from fastapi import APIRouter

from api.arcgis import description, query, tokens

router = APIRouter(prefix="/arcgis", tags=["ArcGIS"])
for one in (tokens.router, description.router, query.router):
    router.include_router(one)
